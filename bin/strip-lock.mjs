// Takes the download addresses out of package-lock.json, so that it names no registry and works with any mirror.
// The integrity hashes stay. (npm's own option for this leaves out the versions of other platforms' packages.)
import fs from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(fs.readFileSync(file, 'utf8'));
for (const entry of Object.values(lock.packages)) delete entry.resolved;
fs.writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
