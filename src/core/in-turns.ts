/** Takes one step in each turn of the event loop, so that what the process serves goes on between them. */
export async function inTurns(steps: Iterable<unknown>): Promise<void> {
  for (const _step of steps) await new Promise(setImmediate)
}
