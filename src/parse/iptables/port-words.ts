/** The names that `iptables -L` without `-n` prints for ports, as getservbyport finds them in /etc/services. */

/**
 * Puts numbers for the service names in a listing's ports: `http-alt` is `8080`, `http,1024:65535` is `80,1024:65535`.
 * A name that is not in the table stays as it is.
 */
export function portNumbers(ports: string): string {
  return ports.replace(/[^:,]+/g, (word) => NUMBERS.get(word) ?? word)
}

/**
 * What Debian (netbase) and RHEL (setup) call the ports that services are seen on, and the names that fall into the
 * default node-port range. No name means two ports, save `http-alt`: IANA gives it to 591 and 8008 too, which Debian
 * leaves out and RHEL does not print.
 */
const NAMES = `
  1 tcpmux, 7 echo, 9 discard, 13 daytime, 19 chargen, 20 ftp-data, 21 ftp, 22 ssh, 23 telnet, 25 smtp, 37 time
  43 nicname, 43 whois, 49 tacacs, 53 domain, 67 bootps, 68 bootpc, 69 tftp, 70 gopher, 79 finger, 80 http, 80 www
  88 kerberos, 102 iso-tsap, 110 pop3, 111 sunrpc, 113 auth, 119 nntp, 123 ntp, 135 epmap, 135 loc-srv, 137 netbios-ns
  138 netbios-dgm, 139 netbios-ssn, 143 imap, 143 imap2, 161 snmp, 162 snmp-trap, 162 snmptrap, 179 bgp, 194 irc
  220 imap3, 319 ptp-event, 320 ptp-general, 389 ldap, 427 svrloc, 443 https, 445 microsoft-ds, 464 kpasswd, 465 ssmtp
  465 submissions, 465 urd, 500 isakmp, 512 biff, 512 exec, 513 login, 513 who, 514 shell, 514 syslog, 515 printer
  517 talk, 520 route, 520 router, 540 uucp, 543 klogin, 544 kshell, 546 dhcpv6-client, 547 dhcpv6-server
  548 afpovertcp, 554 rtsp, 563 nntps, 587 submission, 601 syslog-conn, 623 asf-rmcp, 631 ipp, 636 ldaps, 646 ldp
  749 kerberos-adm, 750 kerberos-iv, 783 spamd, 853 domain-s, 873 rsync, 875 rquotad, 989 ftps-data, 990 ftps
  992 telnets, 993 imaps, 995 pop3s, 1025 blackjack, 1026 cap, 1080 socks, 1099 rmiregistry, 1194 openvpn
  1433 ms-sql-s, 1434 ms-sql-m, 1514 fujitsu-dtcns, 1521 ncube-lm, 1701 l2f, 1701 l2tp, 1723 pptp, 1812 radius
  1813 radius-acct, 1883 ibm-mqisdp, 1883 mqtt, 2049 nfs, 2181 eforward, 2375 docker, 2376 docker-s, 2377 swarm
  2379 etcd-client, 2380 etcd-server, 2600 zebrasrv, 2601 zebra, 2602 ripd, 2603 ripngd, 2604 ospfd, 2605 bgpd
  2606 ospf6d, 2607 ospfapi, 2608 isisd, 3000 hbci, 3001 origo-native, 3128 ndl-aas, 3128 squid, 3260 iscsi-target
  3268 msft-gc, 3269 msft-gc-ssl, 3306 mysql, 3389 ms-wbt-server, 3632 distcc, 3690 svn, 3784 bfd-control
  3785 bfd-echo, 4000 terabase, 4190 sieve, 4353 f5-iquery, 4369 epmd, 4443 pharos, 4444 krb524, 4460 ntske
  4500 ipsec-nat-t, 4789 vxlan, 4949 munin, 5000 commplex-main, 5001 commplex-link, 5044 lxi-evntsvc, 5050 mmcc
  5060 sip, 5061 sip-tls, 5222 xmpp-client, 5269 xmpp-server, 5308 cfengine, 5353 mdns, 5432 postgres, 5432 postgresql
  5433 pyrrho, 5601 esmagent, 5666 nrpe, 5667 nsca, 5671 amqps, 5672 amqp, 5900 rfb, 5984 couchdb, 5985 wsman
  5986 wsmans, 6000 x11, 6081 geneve, 6379 redis, 6443 sun-sr-https, 6446 mysql-proxy, 6514 syslog-tls, 6667 ircd
  6667 ircu-3, 6696 babel, 6697 ircs-u, 6784 bfd-lag, 6789 smc-https, 7000 afs3-fileserver, 7001 afs3-callback
  7070 arcp, 7080 empowerid, 7443 oracleas-https, 7474 neo4j, 8000 irdmi, 8001 vcom-tunnel, 8020 intu-ec-svcdisc
  8042 fs-agent, 8080 http-alt, 8080 webcache, 8081 tproxy, 8082 us-cli, 8083 us-srv, 8086 d-s-n, 8087 simplifymedia
  8088 omniorb, 8088 radan-http, 8091 jamlink, 8097 sac, 8100 xprint-server, 8118 privoxy, 8140 puppet
  8161 patrol-snmp, 8181 intermapper, 8200 trivnet1, 8300 tmi, 8301 amberon, 8443 pcsync-https, 8472 otv, 8500 fmtp
  8600 asterix, 8765 ultraseek-http, 8880 cddbp-alt, 8883 secure-mqtt, 8888 ddi-tcp-1, 8888 ddi-udp-1, 8889 ddi-tcp-2
  8899 ospf-lite, 8990 http-wmap, 9000 cslistener, 9001 etlservicemgr, 9002 dynamid, 9009 pichat, 9010 sdr
  9020 tambora, 9080 glrpc, 9090 websm, 9091 xmltec-xmlmail, 9092 XmlIpcRegSvc, 9093 copycat, 9098 xinetd
  9100 jetdirect, 9101 bacula-dir, 9102 bacula-fd, 9103 bacula-sd, 9160 apani1, 9200 wap-wsp, 9300 vrace, 9418 git
  9443 tungsten-https, 9500 ismserver, 9600 micromuse-ncpw, 9876 sd, 9898 monkeycom, 9999 distinct, 10000 ndmp
  10000 webmin, 10001 scp-config, 10050 zabbix-agent, 10051 zabbix-trapper, 10080 amanda, 10809 nbd, 11211 memcache
  11371 hkp, 12345 italk, 14250 cps, 15000 hydap, 20000 dnp, 20048 mountd, 30000 ndmps, 30001 pago-services1
  30002 pago-services2, 30260 kingdomsonline, 30999 ovobs, 31020 autotrac-acp, 31029 yawn, 31416 xqosd, 31457 tetrinet
  31620 lm-mon, 31685 dsx_monitor, 31765 gamesmith-port, 31948 iceedcp_tx, 31949 iceedcp_rx, 32034 iracinghelper
  32249 t1distproc60, 32483 apm-link, 32635 sec-ntb-clnt, 32636 DMExpress, 32767 filenet-powsrm, 35357 openstack-id
`

const NUMBERS = new Map(
  Array.from(NAMES.matchAll(/(\d+) ([^\s,]+)/g), ([, port, name]): [string, string] => [name!, port!]),
)
