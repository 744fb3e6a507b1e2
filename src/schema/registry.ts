import type { Class } from './type.js'

/** Weak, so that classes made for one call can be collected. */
const classes = new Map<string, WeakRef<Class>>()

/** Remembers a `@Message` class by its name on the wire. Of two with one name the later holds. */
export function registerMessage(name: string, type: Class): void {
  classes.set(name, new WeakRef(type))
}

/** The `@Message` class with this name on the wire; undefined if none has been declared in this process. */
export function messageClassOf(name: string): Class | undefined {
  return classes.get(name)?.deref()
}
