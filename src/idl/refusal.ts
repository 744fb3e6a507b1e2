/** A construct that cannot be expressed: what it is, where it stands, and why. */
export class Refusal extends Error {
  override readonly name = 'Refusal'

  /**
   * @param where `proto/old.proto:3:8`, or a class and member
   * @param construct what it is: `group Result`
   * @param why a clause, with what to do instead
   */
  constructor(
    readonly where: string,
    readonly construct: string,
    readonly why: string,
  ) {
    super(`${where}: ${construct}: ${why}`)
  }
}

/** A source cannot be read, because the program or the package that reads it is not installed. */
export class MissingTool extends Refusal {}
