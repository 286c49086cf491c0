/** Why there is no throw-away server, for the person who asked for one. */
export class ClusterFault extends Error {
  /** What would make it possible; empty where the reason says it all. */
  readonly remedy: string

  constructor(reason: string, remedy = '') {
    super(remedy === '' ? reason : `${reason}: ${remedy}`)
    this.name = 'ClusterFault'
    this.remedy = remedy
  }
}
