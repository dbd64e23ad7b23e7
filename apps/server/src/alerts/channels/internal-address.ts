import { BlockList, isIP } from 'node:net';

/** IPv4 networks that are no part of the public internet (IANA's special-purpose registry). */
const INTERNAL_V4: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Of IPv6 only this is the public internet … */
const GLOBAL_V6: readonly [string, number] = ['2000::', 3];
/** … without documentation, and what carries an IPv4 address inside (Teredo, 6to4). */
const INTERNAL_V6: readonly (readonly [network: string, prefix: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const internalV4 = listOf(INTERNAL_V4, 'ipv4');
const internalV6 = listOf(INTERNAL_V6, 'ipv6');
const globalV6 = listOf([GLOBAL_V6], 'ipv6');

/** Whether an address leads into somebody's own network, to this machine, or nowhere; what is no address counts as internal. */
export function isInternalAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return internalV4.check(address, 'ipv4');
  if (family !== 6) return true;
  return !globalV6.check(address, 'ipv6') || internalV6.check(address, 'ipv6');
}

function listOf(networks: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, family);
  return list;
}
