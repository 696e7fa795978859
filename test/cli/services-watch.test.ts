import { finished, printed, start } from './run.js';
import { labTest, listenArgv, type ServiceRecord } from './services-lab.js';

interface ChangeRecord {
  schema: string;
  time: string;
  change: string;
  before: object | null;
  service: ServiceRecord;
}

labTest(
  '--watch tells what comes, what is reached by others, and what goes, until interrupted',
  async (t, { host }) => {
    await host.start(/ready/, ...listenArgv('udp,0.0.0.0,53'));
    const watch = start(['services', '--netns', host.name, '--watch']);
    const whole = finished(watch);
    await printed(watch, 'present   udp 0.0.0.0:53, everyone, python3[');
    const appeared = printed(watch, 'appeared  tcp 127.0.0.1:8001, this host, python3[');
    const server = await host.start(/ready/, ...listenArgv('tcp,127.0.0.1,8001'));
    await appeared;
    const exposed = printed(watch, 'exposure  tcp 127.0.0.1:8001, this host → neighbours on eth0, python3[');
    await host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
    await exposed;
    server.kill('SIGKILL');
    await printed(watch, `gone      tcp 127.0.0.1:8001, neighbours on eth0, python3[${server.pid}]`);
    watch.kill('SIGINT');
    const { code, stdout, stderr } = await whole;
    t.is(code, 0);
    t.is(stderr, '');
    t.regex(stdout, /^(\d\d:\d\d:\d\d {2}(present|appeared|exposure|gone) .*\n){4}$/);
  },
);

labTest('--watch --format json gives a record a line, and holds the namespace', async (t, { host }) => {
  const server = await host.start(/ready/, ...listenArgv('tcp,10.77.0.1,8001'));
  const watch = start(['services', '--netns', String(server.pid), '--watch', '--format', 'json']);
  const whole = finished(watch);
  await printed(watch, '"present"');
  // The number by which it was named is of no process now.
  server.kill('SIGKILL');
  await printed(watch, '"gone"');
  const appeared = printed(watch, '"appeared"');
  await host.start(/ready/, ...listenArgv('tcp,10.77.0.1,8001'));
  await appeared;
  watch.kill('SIGTERM');
  const { code, stdout } = await whole;
  t.is(code, 143);
  const records = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ChangeRecord);
  t.deepEqual(
    records.map(({ change }) => change),
    ['present', 'gone', 'appeared'],
  );
  for (const record of records) {
    t.is(record.schema, 'loscope.service-change/1');
    t.regex(record.time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    t.is(record.before, null);
    t.like(record.service, { protocol: 'tcp', address: '10.77.0.1', port: 8001 });
  }
});
