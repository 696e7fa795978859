/**
 * A strict reader of the XML that the JUnit report uses: elements, attributes in double quotes, text, the five named
 * entities. Whatever else stands there, or is not well-formed, is an error (XML 1.0, 2.1 and 2.2).
 */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
// biome-ignore lint/suspicious/noControlCharactersInRegex: what XML cannot hold is the point
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** The root element. @throws where the text is not well-formed */
export function parseXml(text: string): XmlElement {
  if (!text.startsWith(declaration)) throw new Error('no declaration');
  if (forbidden.test(text) || Buffer.from(text).toString() !== text)
    throw new Error('a character that XML cannot hold');
  const reader = { text, at: declaration.length };
  const root = readElement(reader);
  if (text.slice(reader.at).trim() !== '') throw new Error(`behind the root: ${text.slice(reader.at)}`);
  return root;
}

interface Reader {
  readonly text: string;
  at: number;
}

function take(reader: Reader, pattern: RegExp): string[] | null {
  const sticky = new RegExp(pattern.source, 'y');
  sticky.lastIndex = reader.at;
  const match = sticky.exec(reader.text);
  if (match !== null) reader.at = sticky.lastIndex;
  return match;
}

function readElement(reader: Reader): XmlElement {
  const open = take(reader, /\s*<([a-z-]+)/);
  if (open === null) throw new Error(`no element at ${reader.text.slice(reader.at, reader.at + 40)}`);
  const name = open[1];
  const attributes: Record<string, string> = {};
  for (
    let next = take(reader, /\s+([a-z]+)="([^"<]*)"/);
    next !== null;
    next = take(reader, /\s+([a-z]+)="([^"<]*)"/)
  ) {
    if (next[1] in attributes) throw new Error(`${next[1]} twice`);
    attributes[next[1]] = decode(next[2]);
  }
  if (take(reader, /\/>/) !== null) return { name, attributes, children: [], text: '' };
  if (take(reader, />/) === null) throw new Error(`<${name} is not closed`);
  const children: XmlElement[] = [];
  let text = '';
  for (;;) {
    text += decode(take(reader, /[^<]*/)![0]);
    const close = take(reader, /<\/([a-z-]+)>/);
    if (close === null) children.push(readElement(reader));
    else if (close[1] === name) return { name, attributes, children, text };
    else throw new Error(`</${close[1]}> closes <${name}>`);
  }
}

function decode(text: string): string {
  return text.replace(/&([^;]*);?/g, (whole, name: string) => {
    if (entities[name] === undefined || !whole.endsWith(';')) throw new Error(`no entity: ${whole}`);
    return entities[name];
  });
}
