/** `server_version` as a number. */

/** 160004 for `16.4 (Debian 16.4-1)`, 180000 for `18beta1`; 0 for a text that starts with no number. */
export function versionNumber(version: string): number {
  const parts = /^(?<major>\d+)(?:\.(?<minor>\d+))?/.exec(version)?.groups
  return Number(parts?.major ?? 0) * 10_000 + Number(parts?.minor ?? 0)
}
