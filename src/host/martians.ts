/**
 * How many IPv4 packets the kernel refused as martians (RFC 1812 5.3.7), from /proc/net/stat/rt_cache. The counters are those of
 * the whole machine, over all its network namespaces, and ordinary noise moves them: only a difference means something,
 * and packets have to corroborate it. They count with log_martians=0 too.
 * Reference: net/ipv4/route.c, rt_cpu_seq_show: a line of column names, then a line a CPU, in hexadecimal.
 */
export interface MartianCounts {
  readonly source: number;
  readonly destination: number;
}

/** The sums over all CPUs, or null where the text has no such columns. */
export function parseMartians(text: string): MartianCounts | null {
  const [head, ...lines] = text.split('\n');
  const names = head.trim().split(/\s+/);
  const sum = (name: string): number | null => {
    const column = names.indexOf(name);
    if (column < 0) return null;
    let total = 0;
    for (const line of lines) {
      const word = line.trim().split(/\s+/)[column] ?? '';
      if (/^[0-9a-f]{1,8}$/i.test(word)) total += Number.parseInt(word, 16);
    }
    return total;
  };
  const source = sum('in_martian_src');
  const destination = sum('in_martian_dst');
  return source === null || destination === null ? null : { source, destination };
}
