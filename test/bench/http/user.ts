/** What every contender sends and gets back: a record of 158 bytes as JSON. */
export interface User {
  readonly id: number
  readonly name: string
  readonly email: string
  readonly active: boolean
  readonly score: number
  readonly tags: string[]
}

export const user: User = {
  id: 1234567,
  name: 'Ada Lovelace-Byron of Ockham',
  email: 'ada.lovelace@analytical-engine.example',
  active: true,
  score: 0.875,
  tags: ['first', 'notes', 'g'],
}

/** @throws TypeError where the value is no user; for contenders that leave validation to the application */
export function checkUser(value: unknown): User {
  const { id, name, email, active, score, tags } = value as User
  if (typeof id !== 'number' || typeof name !== 'string' || typeof email !== 'string') throw new TypeError('no user')
  if (typeof active !== 'boolean' || typeof score !== 'number' || !Array.isArray(tags)) throw new TypeError('no user')
  for (const tag of tags) if (typeof tag !== 'string') throw new TypeError('no user')
  return value as User
}
