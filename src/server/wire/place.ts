/** The place that is dialled, and how a person would call it. */
import type { Target } from '../conninfo/target.ts'

/** One address of a target: what one attempt to connect dials. */
export type Address =
  | { readonly kind: 'tcp'; readonly ip: string; readonly port: number }
  | { readonly kind: 'socket'; readonly path: string }

/** A target is local when its host is a directory, or an abstract name after `@`. */
export function isLocal(target: Target): boolean {
  return target.hostaddr === null && /^[/@]/.test(target.host)
}

/** `db1:5432`, `[::1]:5432`, or the path of the socket. */
export function placeOf(target: Target): string {
  if (isLocal(target)) return socketPath(target)
  return target.host.includes(':') ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`
}

/** The file a local server listens on (manual: unix_socket_directories). */
export function socketPath(target: Target): string {
  return `${target.host.replace(/\/+$/, '')}/.s.PGSQL.${target.port}`
}

/** `10.0.0.1:5432` or the socket's path, for telling several addresses of one name apart. */
export function addressName(address: Address): string {
  if (address.kind === 'socket') return address.path
  return address.ip.includes(':') ? `[${address.ip}]:${address.port}` : `${address.ip}:${address.port}`
}

/** Bytes to this address stay on this machine. */
export function isLoopback(address: Address): boolean {
  return address.kind === 'socket' || /^(127\.|::1$|::ffff:127\.)/.test(address.ip)
}
