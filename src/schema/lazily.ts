/** Adds properties that are computed on first access, because a thunk may refer to a class that is declared further down. */
export function lazily<O extends object, M extends Record<string, () => unknown>>(
  fixed: O,
  makers: M,
): O & { readonly [K in keyof M]: ReturnType<M[K]> } {
  for (const [key, make] of Object.entries(makers)) {
    let value: unknown
    Object.defineProperty(fixed, key, {
      enumerable: true,
      get: () => {
        value ??= make()
        return value
      },
    })
  }
  return Object.freeze(fixed) as O & { readonly [K in keyof M]: ReturnType<M[K]> }
}
