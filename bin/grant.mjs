// Gives the right to capture to loscope-open, the small program that opens packet sockets, and to nobody else: Node
// itself stays without privilege. Run as root: `sudo npm run grant`. Says exactly what it did and how to undo it.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const program = process.env.LOSCOPE_OPEN || path.join(root, 'build', 'Release', 'loscope-open');
/** Permitted, not effective: the program raises each only around the call that needs it. */
const capabilities = 'cap_net_raw,cap_sys_admin+p';
const mode = 0o750;

if (process.platform !== 'linux') fail('capabilities are Linux’s: nothing to grant here');
if (!fs.existsSync(program)) fail(`${program} is not compiled (run \`npm run compile\` first)`);
if (process.getuid() !== 0) {
  fail(`only root may grant (run \`sudo ${process.execPath} ${path.join(root, 'bin', 'grant.mjs')}\`)`);
}
const gid = invokingGroup();
if (gid === null) {
  fail('who is to have the right? Run it with sudo from that user, or as root with SUDO_GID set to a group');
}
grant(gid);

function say(text) {
  process.stdout.write(`${text}\n`);
}

function fail(text) {
  process.stderr.write(`loscope: grant: ${text}\n`);
  process.exit(2);
}

/** The group of the user who invoked sudo. */
function invokingGroup() {
  const text = process.env.SUDO_GID ?? '';
  return /^\d{1,10}$/.test(text) ? Number(text) : null;
}

function setcap(...args) {
  const folders = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
  const result = spawnSync('setcap', args, { encoding: 'utf8', env: { ...process.env, PATH: folders } });
  if (result.error?.code === 'ENOENT')
    return 'setcap is not installed (the package libcap2-bin or libcap has it)';
  return result.status === 0 ? null : result.stderr.trim() || `setcap ended with ${result.status}`;
}

/** Owner and mode first: a change of owner takes capabilities away, and nobody else may run it with them for a moment. */
function grant(gid) {
  // A new file of root's: whoever compiled it must hold no descriptor that could still write to it.
  const fresh = `${program}.granted`;
  fs.rmSync(fresh, { force: true });
  fs.copyFileSync(program, fresh, fs.constants.COPYFILE_EXCL);
  fs.chownSync(fresh, 0, gid);
  fs.chmodSync(fresh, mode);
  const problem = setcap(capabilities, fresh);
  if (problem !== null) {
    fs.rmSync(fresh);
    fail(`${problem}; capture as root instead, or build on a file system that keeps capabilities`);
  }
  fs.renameSync(fresh, program);
  say(`granted: ${program}`);
  say(`  owner root, group ${gid}, mode 0750: only root and members of that group may run it`);
  say(`  capabilities ${capabilities}: packet sockets, and entering network namespaces`);
  say(`to undo: sudo setcap -r ${program}`);
}
