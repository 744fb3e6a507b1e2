/** Makes a message and all within it read-only, as far as JavaScript can: maps, sets, dates and bytes stay as they are. */
export function freezeDeep(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  if (ArrayBuffer.isView(value) || value instanceof Date) return
  if (value instanceof Map || value instanceof Set) {
    for (const one of value.values()) freezeDeep(one)
    return
  }
  Object.freeze(value)
  for (const one of Object.values(value)) freezeDeep(one)
}
