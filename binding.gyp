# The native part, for Linux: the addon of the fast live engine, and the small program that opens its sockets.
{
  'target_defaults': {
    'cflags': [ '-Wall', '-Wextra', '-O3' ],
    'defines': [ '_GNU_SOURCE' ]
  },
  'targets': [
    {
      'target_name': 'loscope',
      'sources': [
        'src/native/addon.c',
        'src/native/arrays.c',
        'src/native/fault.c',
        'src/native/filter.c',
        'src/native/interfaces.c',
        'src/native/lane-binding.c',
        'src/native/lane.c',
        'src/native/namespace.c',
        'src/native/netlink.c',
        'src/native/open-sockets.c',
        'src/native/pass-sockets.c',
        'src/native/pcap-walk.c',
        'src/native/probe.c',
        'src/native/read-files.c',
        'src/native/ring.c',
        'src/native/sockets.c',
        'src/native/waiter.c',
        'src/native/watch.c'
      ],
      'defines': [ 'NAPI_VERSION=8' ]
    },
    {
      'target_name': 'loscope-open',
      'type': 'executable',
      'sources': [
        'src/native/loscope-open.c',
        'src/native/open-sockets.c',
        'src/native/pass-sockets.c'
      ]
    }
  ]
}
