/** Programs that are known by their names. */
import type { AttachedProgram } from '../../model/node.ts'

interface Known {
  /** Whose it is; null where nothing tells. */
  by: string | null
  /** It lets every packet pass as it is, by its source: it only looks. */
  harmless: boolean
  /** May it give a packet another destination? */
  translates: boolean
}

/** Whose a program is, and what that tells of it. An unknown one may do anything. */
export function knownProgram(program: AttachedProgram): Known {
  const { name, device } = program
  const found = PROGRAMS.find((one) => one.names.test(name ?? '') && (one.links?.test(device ?? '') ?? true))
  return found
    ? { by: found.by, harmless: found.harmless ?? false, translates: found.translates ?? false }
    : { by: null, harmless: false, translates: program.kind === 'bpf' }
}

const PROGRAMS: readonly (Partial<Omit<Known, 'by'>> & { by: string; names: RegExp; links?: RegExp })[] = [
  // cilium/cilium, bpf/*.c: `cil_from_container` since 1.12, before `bpf_lxc.o:[from-container]`, `sock4_connect`.
  {
    by: 'Cilium',
    names:
      /^cil_|^bpf_(?:lxc|host|netdev|overlay|network|sock|xdp)\w*\.o\b|^sock[46]_|^(?:from|to)-(?:container|netdev|host|overlay)/,
    translates: true,
  },
  // projectcalico/calico, felix/bpf-gpl: `cali_tc_preamble`, `calico_from_workload_ep`, `calico_connect_v4`, `cali_ctlb_…`.
  { by: 'Calico', names: /^cali(?:co)?_/, translates: true },
  // aws/aws-network-policy-agent, pkg/ebpf/c/tc.v4ingress.bpf.c: handle_ingress and handle_egress at the pods' links.
  { by: 'the AWS network policy agent', names: /^handle_(?:in|e)gress$/, links: /^(?:eni|vlan)/ },
  // microsoft/retina, pkg/plugin/packetparser/_cprog: every path ends in TC_ACT_UNSPEC, TCX_NEXT or TC_ACT_OK.
  { by: 'Retina', names: /^(?:endpoint|host)_(?:in|e)gress_filter$/, harmless: true },
  // systemd, src/core/bpf-firewall.c and bpf-devices.c: IPAddressAllow= and DeviceAllow= of a unit; only the former drop packets, those of the unit.
  { by: 'systemd', names: /^sd_fw_/ },
  { by: 'systemd', names: /^sd_/, harmless: true },
]
