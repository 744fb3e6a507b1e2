import { kinds, type Remotes, type Rig, type Scenario, scenarios, sender } from '../../matrix/cells.js'
import type { Witness } from '../../matrix/contract.js'
import type { Wire } from '../../matrix/wires.js'
import { assertions } from './assertions.js'

/** What is checked: each scenario of the matrix, over one wire, with every kind of call that it has. */
export interface RowOptions {
  readonly wire: Wire
  readonly remotes: Remotes
  readonly witness: Witness
  readonly isFetch?: boolean
  /** Of the keys. No other row of the same server has it. */
  readonly name: string
  /** Default: those that the wire has. */
  readonly kinds?: readonly Rig['kind'][]
}

/** Milliseconds for a row, so that a cell which hangs is named. A row takes less than a second on an idle machine. */
const hangTime = 100_000

/** @returns what failed: why, by scenario and kind: `cancel/unary` */
export async function checkRow({
  wire,
  remotes,
  witness,
  name,
  isFetch = false,
  ...given
}: RowOptions): Promise<Record<string, string>> {
  const failures: Record<string, string> = {}
  let keys = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const hung = new Promise<Error>(resolve => {
    timer = setTimeout(() => resolve(new Error('it hangs')), hangTime)
  })
  const checkCell = async (rig: Rig, scenario: Scenario) => {
    const check = scenario.check(assertions, rig, scenario.lacking?.(rig)).then(
      () => undefined,
      (error: unknown) => error as Error,
    )
    const failure = await Promise.race([check, hung])
    if (failure !== undefined) failures[`${scenario.name}/${rig.kind}`] = failure.message
  }
  const carried = given.kinds ?? (wire.lacks.streams === undefined ? kinds : kinds.slice(0, 1))
  await Promise.all(
    carried.map(async kind => {
      const key = () => `${name} ${kind} ${++keys}`
      const rig: Rig = { wire, kind, witness, isFetch, key, send: sender(kind, remotes) }
      if (wire.isOrdered) for (const scenario of scenarios) await checkCell(rig, scenario)
      else await Promise.all(scenarios.map(scenario => checkCell(rig, scenario)))
    }),
  )
  clearTimeout(timer)
  return failures
}
