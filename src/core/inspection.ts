/** The state of one policy of one method, as plain values: `{ state: 'open', reopensIn: 8200 }`. Times are milliseconds. */
export type PolicyState = Readonly<Record<string, unknown>>

/** The state of each policy that has one, by its name. */
export type MethodState = Readonly<Record<string, PolicyState>>

/** Reads the state of each policy of a method, by the name of the policy. Policies add to it when they are built. */
export type StateReads = Map<string, () => PolicyState>

/** @param methods by the path of the method */
export function readStates(methods: ReadonlyMap<string, StateReads>): Readonly<Record<string, MethodState>> {
  const states = [...methods]
    .filter(([, policies]) => policies.size > 0)
    .map(([path, policies]): [string, MethodState] => [
      path,
      Object.fromEntries([...policies].map(([name, read]) => [name, read()])),
    ])
  return Object.fromEntries(states)
}
