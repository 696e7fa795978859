/**
 * Which container a process belongs to, from /proc/PID/cgroup (cgroups(7)): `hierarchy:controllers:path`, where container
 * runtimes put their ids into the path.
 *
 *     0::/system.slice/docker-<64 digits>.scope                        Docker with systemd; libpod- is Podman
 *     4:cpu:/docker/<64 digits>                                        Docker without
 *     0::/kubepods.slice/…-pod<uid with _>.slice/cri-containerd-<64 digits>.scope
 *     4:cpu:/kubepods/besteffort/pod<uid>/<64 digits>
 *     0::/lxc.payload.<name>                                           LXC
 */
export interface Container {
  /** `docker`, `podman`, `containerd`, `cri-o`, `kubernetes`, `lxc`, or `container` where the path does not tell. */
  readonly runtime: string;
  /** The first 12 digits of its id, as the runtimes' tools show it; LXC's name. */
  readonly id: string;
  /** The pod's uid, or ''. */
  readonly pod: string;
}

const runtimes: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/(^|\/)docker[-/]/, 'docker'],
  [/(^|\/)libpod-/, 'podman'],
  [/(^|\/)crio-/, 'cri-o'],
  [/(^|\/)(cri-containerd-|nerdctl-)/, 'containerd'],
  [/(^|\/)kubepods/, 'kubernetes'],
];

/** The container that the text names, or null. */
export function parseContainer(cgroup: string): Container | null {
  for (const line of cgroup.split('\n')) {
    const path = line.split(':').slice(2).join(':');
    const id = /(?:^|[/-])([0-9a-f]{64})(?:\.scope)?(?:\/|$)/.exec(path)?.[1];
    const lxc = /(?:^|\/)lxc(?:\.payload\.|\/)([\w.-]{1,64})/.exec(path)?.[1];
    if (id === undefined) {
      if (lxc !== undefined) return { runtime: 'lxc', id: lxc, pod: '' };
      continue;
    }
    const runtime = runtimes.find(([pattern]) => pattern.test(path))?.[1] ?? 'container';
    const pod = /pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})/.exec(path)?.[1] ?? '';
    return { runtime, id: id.slice(0, 12), pod: pod.replaceAll('_', '-') };
  }
  return null;
}
