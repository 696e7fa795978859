/**
 * Once the sockets are open, root is no longer needed: who was invoked by sudo or pkexec goes on as the user who
 * invoked it, so that files belong to them. Plain root stays root.
 * Reference: sudo(8), SUDO_UID and SUDO_GID; pkexec(1), PKEXEC_UID.
 */
import fs from 'node:fs';
import process from 'node:process';

export interface User {
  readonly uid: number;
  /** null: the user's own, as the system knows it. */
  readonly gid: number | null;
}

/** The package of Node's types lacks one of them. */
type PosixProcess = NodeJS.Process & {
  readonly initgroups?: (user: number | string, extraGroup: number) => void;
};

/** The user who invoked root, as the environment says; null for plain root and for everybody else. */
export function invokingUser(environment: NodeJS.ProcessEnv, uid: number): User | null {
  if (uid !== 0) return null;
  const sudo = idOf(environment.SUDO_UID);
  if (sudo !== null) return { uid: sudo, gid: idOf(environment.SUDO_GID) };
  const pkexec = idOf(environment.PKEXEC_UID);
  return pkexec === null ? null : { uid: pkexec, gid: null };
}

function idOf(text: string | undefined): number | null {
  const id = /^\d{1,10}$/.test(text ?? '') ? Number(text) : 0;
  return id > 0 && id < 0xffffffff ? id : null;
}

/**
 * Becomes the invoking user, with that user's groups, for good. Call it in the main thread.
 * @returns who that is, or null when nothing changed
 */
export function dropPrivilege(): User | null {
  const { getuid, setuid, setgid, setgroups, initgroups } = process as PosixProcess;
  if (!getuid || !setuid || !setgid || !setgroups || !initgroups) return null;
  const user = invokingUser(process.env, getuid());
  if (user === null) return null;
  const gid = user.gid ?? primaryGroup(user.uid) ?? user.uid;
  try {
    initgroups(user.uid, gid);
  } catch {
    setgroups([gid]); // A user that the system does not list.
  }
  setgid(gid);
  setuid(user.uid);
  return user;
}

/** A user's own group, as /etc/passwd has it: `name:password:uid:gid:…`. */
function primaryGroup(uid: number): number | null {
  try {
    const line = fs
      .readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((each) => each.split(':')[2] === `${uid}`);
    return line === undefined ? null : Number(line.split(':')[3]);
  } catch {
    return null;
  }
}
