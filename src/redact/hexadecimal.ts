import { formatAddress, parseAddress } from '../model/address.ts'
import type { AddressMap } from './addresses.ts'

/** /proc/net/ip_vs and ip_vs_conn, whose addresses are hexadecimal: `0A600001:01BB`, `0AF40103 A9FA`, IPv6 with all its digits. */
export const redactHexadecimal = (text: string, addresses: AddressMap): string =>
  text
    .replaceAll(/(?<= )[\dA-F]{8}(?=:[\dA-F]{4}\b| [\dA-F]{4} )/g, (hex) => {
      const replaced = parseAddress(addresses.replace(formatAddress(4, BigInt(`0x${hex}`))))!
      return replaced.value.toString(16).toUpperCase().padStart(8, '0')
    })
    .replaceAll(/(?<![\w:])([\da-f]{4}:){7}[\da-f]{4}(?![\w:])/g, (address) => {
      const digits = parseAddress(addresses.replace(address))!.value.toString(16).padStart(32, '0')
      return digits.match(/.{4}/g)!.join(':')
    })
