/** Why there is no throw-away server, for the person who asked for one. */
export class ClusterFault extends Error {
  /** With `remedy`, the message also says what would make it possible. */
  constructor(reason: string, remedy = '') {
    super(remedy === '' ? reason : `${reason}: ${remedy}`)
    this.name = 'ClusterFault'
  }
}
