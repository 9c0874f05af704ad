import type { Analyzer } from '../case.ts'
import { changesWithAnotherMode } from './proxy/changes-with-another-mode.ts'
import { kubeProxyCannotWrite } from './proxy/kube-proxy-cannot-write.ts'
import { kubeProxySlow } from './proxy/kube-proxy-slow.ts'

export const PROXY: readonly Analyzer[] = [kubeProxyCannotWrite, kubeProxySlow, changesWithAnotherMode]
