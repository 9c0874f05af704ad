/** The same with Perl's own modules, as perl-base has them. */
export const PERL = String.raw`
use strict; use Socket qw(:all); use Errno qw(:POSIX); use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
my $fine = eval { require Time::HiRes; 1 };
sub now { return Time::HiRes::time() if $fine; open my $file, '<', '/proc/uptime'; return (split ' ', <$file>)[0] }
my ($limit, $rate, $spares, $text, $owner) = @ARGV;
my @spare = split ' ', $spares;
my @jobs = map { [split ' '] } grep { length } split /\n/, $text;
my ($start, $at, %live) = (now(), 0);
my %kinds = (ECONNREFUSED, 'refused', ETIMEDOUT, 'timeout', EHOSTUNREACH, 'unreachable', ENETUNREACH, 'unreachable');
sub name { my $code = shift; for my $one (keys %!) { local $! = $code; return $one if $!{$one} } return $code }
sub say_it {
  my ($job, $outcome, $begun, $sock, $error) = @_;
  my $own = getsockname $sock;
  my $port = $own ? (sockaddr_family($own) == AF_INET6 ? (unpack_sockaddr_in6($own))[0] : (unpack_sockaddr_in($own))[0]) : 0;
  syswrite STDOUT, sprintf("r %s %s %.2f %s %s\n", $job->[0], $outcome, (now() - $begun) * 1000, $port, $error // '-');
  close $sock;
}
sub fail { my ($job, $code, $begun, $sock) = @_; say_it($job, $kinds{$code} // 'error', $begun, $sock, name($code)) }
sub place { my ($six, $address, $port) = @_;
  return $six ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $address)) : pack_sockaddr_in($port, inet_pton(AF_INET, $address)) }
sub begin {
  my $job = shift; my ($id, $protocol, $address, $port, $own, $data) = @$job;
  my ($six, $tcp, $code) = (scalar($address =~ /:/), $protocol eq 'tcp', 0);
  socket my $sock, $six ? AF_INET6 : AF_INET, $tcp ? SOCK_STREAM : SOCK_DGRAM, 0 or return;
  fcntl $sock, F_SETFL, fcntl($sock, F_GETFL, 0) | O_NONBLOCK;
  while (1) {
    $code = 0;
    last if bind $sock, place($six, $six ? '::' : '0.0.0.0', $own);
    $code = $! + 0;
    last if $code != EADDRINUSE || !@spare;
    $own = pop @spare;
  }
  my $begun = now();
  if (!$code) { $code = $! + 0 unless connect $sock, place($six, $address, $port) }
  if (!$code && !$tcp) { $code = $! + 0 unless defined send $sock, pack('H*', $data), 0 }
  return say_it($job, 'connected', $begun, $sock) if $tcp && !$code;
  return fail($job, $code, $begun, $sock) if $code && $code != EINPROGRESS;
  $live{fileno $sock} = [$job, $begun, $sock];
}
sub finish {
  my ($job, $begun, $sock) = @{delete $live{$_[0]}};
  my $code = unpack 'i', getsockopt $sock, SOL_SOCKET, SO_ERROR;
  if (!$code && $job->[1] eq 'udp') { $code = $! + 0 unless defined recv $sock, my $data, 65535, 0 }
  return fail($job, $code, $begun, $sock) if $code;
  say_it($job, $job->[1] eq 'tcp' ? 'connected' : 'answered', $begun, $sock);
}
while (($at < @jobs || %live) && kill 0, $owner) {
  if ($at < @jobs && now() >= $start + $at / $rate) { begin($jobs[$at++]); next }
  my ($read, $write, $wait) = ('', '', 0.2);
  for my $fd (keys %live) { $live{$fd}[0][1] eq 'tcp' ? vec($write, $fd, 1) = 1 : vec($read, $fd, 1) = 1 }
  for my $due ((map { $_->[1] + $limit } values %live), $at < @jobs ? $start + $at / $rate : ()) { my $left = $due - now(); $wait = $left if $left < $wait }
  select $read, $write, undef, $wait < 0.001 ? 0.001 : $wait;
  for my $fd (keys %live) {
    if (vec($read, $fd, 1) || vec($write, $fd, 1)) { finish($fd) }
    elsif (now() >= $live{$fd}[1] + $limit) {
      my ($job, $begun, $sock) = @{delete $live{$fd}};
      say_it($job, $job->[1] eq 'tcp' ? 'timeout' : 'silent', $begun, $sock);
    }
  }
}
`
