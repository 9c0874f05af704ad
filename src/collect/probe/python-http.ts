/**
 * The same with a request behind each connection, by Python 3.5 or newer. Further arguments: `tls` or nothing, the name of the host, and the path, empty for
 * none. It reads no further than the first line of the answer. A line `h ID STATUS CERTIFICATE` tells of it, the certificate as base64.
 */
export const PYTHON_HTTP = String.raw`
import base64, errno, os, socket, ssl, sys, threading, time
limit, rate = float(sys.argv[1]), float(sys.argv[2])
spare = [int(one) for one in sys.argv[3].split()]
jobs = [one.split() for one in sys.argv[4].splitlines() if one]
owner, tls, host, path = int(sys.argv[5]), sys.argv[6] == 'tls', sys.argv[7], sys.argv[8]
KINDS = {errno.ECONNREFUSED: 'refused', errno.ETIMEDOUT: 'timeout', errno.EHOSTUNREACH: 'unreachable', errno.ENETUNREACH: 'unreachable'}
def owned():
    try:
        os.kill(owner, 0)
        return True
    except OSError:
        return False
def say(job, outcome, begun, port, error, status, certificate):
    took = '%.2f' % ((time.monotonic() - begun) * 1000)
    os.write(1, ('r %s %s %s %s %s\n' % (job[0], outcome, took, port, error)).encode())
    if status != '-' or certificate != '-': os.write(1, ('h %s %s %s\n' % (job[0], status, certificate)).encode())
def bound(family, port):
    sock = socket.socket(family, socket.SOCK_STREAM)
    while True:
        try:
            sock.bind(('::' if family == socket.AF_INET6 else '0.0.0.0', port))
            return sock
        except OSError as error:
            if error.errno != errno.EADDRINUSE or not spare: raise
            port = spare.pop()
def run(job):
    begun, port, stage, status, certificate = time.monotonic(), 0, 'connect', '-', '-'
    def left(): return max(0.01, begun + limit - time.monotonic())
    try:
        sock = bound(socket.AF_INET6 if ':' in job[2] else socket.AF_INET, int(job[4]))
        begun, port = time.monotonic(), sock.getsockname()[1]
        sock.settimeout(limit)
        sock.connect((job[2], int(job[3])))
        if tls:
            stage = 'tls'
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            sock.settimeout(left())
            sock = context.wrap_socket(sock, server_hostname=host)
            certificate = base64.b64encode(sock.getpeercert(True)).decode() or '-'
        if path:
            stage, data = 'http', b''
            sock.settimeout(left())
            sock.sendall(('GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: kubectl-svcpath\r\nConnection: close\r\n\r\n' % (path, host)).encode())
            while b'\n' not in data and len(data) < 4096:
                sock.settimeout(left())
                chunk = sock.recv(1024)
                if not chunk: break
                data += chunk
            words = data.split(None, 2)
            if len(words) < 2 or not words[0].startswith(b'HTTP/') or not words[1].isdigit():
                return say(job, 'stalled', begun, port, 'http-closed' if not data else 'http-garbled', '-', certificate)
            status = words[1].decode()[:3]
        say(job, 'answered', begun, port, '-', status, certificate)
    except socket.timeout:
        say(job, 'timeout' if stage == 'connect' else 'stalled', begun, port, stage + '-timeout', status, certificate)
    except ssl.SSLError as error:
        say(job, 'stalled', begun, port, 'tls-' + str(error.reason or 'failed').replace(' ', '-'), status, certificate)
    except OSError as error:
        name = errno.errorcode.get(error.errno, 'failed')
        if stage == 'connect': say(job, KINDS.get(error.errno, 'error'), begun, port, name, status, certificate)
        else: say(job, 'stalled', begun, port, stage + '-' + name, status, certificate)
    finally:
        try: sock.close()
        except Exception: pass
start, threads = time.monotonic(), []
for at, job in enumerate(jobs):
    while time.monotonic() < start + at / rate:
        if not owned(): os._exit(1)
        time.sleep(min(0.1, max(0.001, start + at / rate - time.monotonic())))
    threads.append(threading.Thread(target=run, args=(job,), daemon=True))
    threads[-1].start()
while any(one.is_alive() for one in threads):
    if not owned(): os._exit(1)
    time.sleep(0.05)
`
