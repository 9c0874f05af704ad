/**
 * Makes connections with Python 3.5 or newer. Arguments: seconds for each, connections a second, spare source ports, and a line for each connection: ID
 * PROTOCOL ADDRESS PORT SOURCE-PORT PAYLOAD; then the process to end with.
 */
export const PYTHON = String.raw`
import errno, os, select, socket, sys, time
limit, rate = float(sys.argv[1]), float(sys.argv[2])
spare = [int(one) for one in sys.argv[3].split()]
jobs = [one.split() for one in sys.argv[4].splitlines() if one]
owner, poller, live = int(sys.argv[5]), select.poll(), {}
KINDS = {errno.ECONNREFUSED: 'refused', errno.ETIMEDOUT: 'timeout', errno.EHOSTUNREACH: 'unreachable', errno.ENETUNREACH: 'unreachable'}
def owned():
    try:
        os.kill(owner, 0)
        return True
    except OSError:
        return False
def say(job, outcome, begun, sock, error='-'):
    took = '%.2f' % ((time.monotonic() - begun) * 1000)
    line = 'r %s %s %s %s %s\n' % (job[0], outcome, took, sock.getsockname()[1], error)
    os.write(1, line.encode())
    sock.close()
def fail(job, code, begun, sock):
    say(job, KINDS.get(code, 'error'), begun, sock, errno.errorcode.get(code, str(code)))
def begin(job):
    family = socket.AF_INET6 if ':' in job[2] else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM if job[1] == 'tcp' else socket.SOCK_DGRAM)
    sock.setblocking(False)
    begun = time.monotonic()
    try:
        own = int(job[4])
        while True:
            try:
                sock.bind(('::' if family == socket.AF_INET6 else '0.0.0.0', own))
                break
            except OSError as error:
                if error.errno != errno.EADDRINUSE or not spare: raise
                own = spare.pop()
        begun = time.monotonic()
        code = sock.connect_ex((job[2], int(job[3])))
        if job[1] == 'udp' and code == 0: sock.send(bytes.fromhex(job[5]))
    except OSError as error:
        code = error.errno
    if job[1] == 'tcp' and code == 0: return say(job, 'connected', begun, sock)
    if code not in (0, errno.EINPROGRESS): return fail(job, code, begun, sock)
    poller.register(sock, select.POLLOUT if job[1] == 'tcp' else select.POLLIN)
    live[sock.fileno()] = (job, begun, sock)
def finish(fd):
    job, begun, sock = live.pop(fd)
    poller.unregister(fd)
    try:
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code == 0 and job[1] == 'udp': sock.recv(65535)
    except OSError as error:
        code = error.errno
    if code: return fail(job, code, begun, sock)
    say(job, 'connected' if job[1] == 'tcp' else 'answered', begun, sock)
def expire(fd):
    job, begun, sock = live.pop(fd)
    poller.unregister(fd)
    say(job, 'timeout' if job[1] == 'tcp' else 'silent', begun, sock)
start, at = time.monotonic(), 0
while (at < len(jobs) or live) and owned():
    now = time.monotonic()
    if at < len(jobs) and now >= start + at / rate:
        begin(jobs[at])
        at += 1
        continue
    due = [begun + limit for _, begun, _ in live.values()] + ([start + at / rate] if at < len(jobs) else [])
    for fd, _ in poller.poll(max(0, min(due + [now + 0.2]) - now) * 1000 + 1): finish(fd)
    for fd in [fd for fd, one in live.items() if time.monotonic() >= one[1] + limit]: expire(fd)
`
