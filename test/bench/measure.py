"""Runs one command and says what it cost: how every program of the benchmark is measured, ours and the peers'.

    measure.py DESCRIPTOR [--pty COLUMNSxLINES] -- COMMAND...

The open file DESCRIPTOR gets two lines of JSON: {"startedNs"} on CLOCK_MONOTONIC when the command starts, and at its end its exit
status, wall-clock seconds, CPU seconds (user and system, of the command and every process it left to be waited for),
the peak memory of its largest process, and `floorKib`, below which that peak cannot be told: getrusage(2) counts
the moment before exec(2), when the memory was still this program's.

With --pty the command has a terminal of that size; standard input and output are the terminal's other side.
SIGTERM and SIGINT go to the command.
"""
import ctypes
import fcntl
import json
import os
import pty
import resource
import signal
import struct
import sys
import termios
import threading
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
libc = ctypes.CDLL(None)


def start(command, terminal):
    """Forks the command; returns its process id and the terminal's master side, or None."""
    if terminal is None:
        pid, master = os.fork(), None
    else:
        pid, master = pty.fork()
    if pid == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if terminal is not None:
            columns, lines = map(int, terminal.split("x"))
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        try:
            os.execvp(command[0], command)
        except OSError as error:
            print(f"{command[0]}: {error.strerror}", file=sys.stderr)
            os._exit(127)
    return pid, master


def relay(source, target):
    """Copies bytes until there are no more; a terminal whose program ended gives EIO."""
    try:
        while data := os.read(source, 1 << 16):
            while data:
                data = data[os.write(target, data):]
    except OSError:
        pass


def tell(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass  # It has just ended.


def cpu_seconds(usage):
    return usage.ru_utime + usage.ru_stime


def main():
    arguments = sys.argv[1:sys.argv.index("--")]
    command = sys.argv[sys.argv.index("--") + 1:]
    terminal = arguments[2] if len(arguments) > 2 else None
    report = os.fdopen(int(arguments[0]), "w", buffering=1)
    os.set_inheritable(report.fileno(), False)
    # Processes that outlive their parent are this program's to wait for, so that their CPU time counts.
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Whoever started this interpreter in the same process, as pyenv's shell script does, had children too.
    before = cpu_seconds(resource.getrusage(resource.RUSAGE_CHILDREN))
    began = time.monotonic_ns()
    pid, master = start(command, terminal)
    print(json.dumps({"startedNs": str(began)}), file=report)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _frame: tell(pid, got))
    if master is not None:
        threading.Thread(target=relay, args=(0, master), daemon=True).start()
        relay(master, 1)
    _, status = os.waitpid(pid, 0)
    ended = time.monotonic_ns()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({
        "status": os.waitstatus_to_exitcode(status),
        "seconds": (ended - began) / 1e9,
        "cpuSeconds": cpu_seconds(spent) - before,
        "peakKib": spent.ru_maxrss,
        "floorKib": floor,
    }), file=report)


main()
