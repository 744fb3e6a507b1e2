import test from 'ava'
import { type Declaration, Declarations, parseDeclarations } from './declarations.js'

const declarations = await Declarations.emit()
test.after.always(() => declarations.remove())

/** Of `exports` in package.json. */
const entries = {
  polywire: 'index.d.ts',
  'polywire/bundler': 'bundler/index.d.ts',
  'polywire/extend': 'extend.d.ts',
  'polywire/fetch': 'fetch/index.d.ts',
  'polywire/inversify': 'inversify/index.d.ts',
  'polywire/tanstack': 'tanstack/index.d.ts',
  'polywire/testing': 'testing/index.d.ts',
  'polywire/web': 'web/index.d.ts',
}

/** What a reader would miss, one line each: `CallOptions.timeout: no default`. */
function missing(all: Iterable<Declaration>): string[] {
  const list = [...all]
  const shown = new Set(list.filter(({ doc }) => /@example/.test(doc)).map(({ name }) => name))
  const written = new Set(
    list.flatMap(({ name, members }) => members.filter(one => isText(one.doc)).map(one => `${name}.${one.name}`)),
  )
  const lines = list.flatMap(({ name, kind, doc, members, bases }) => [
    ...(isText(doc) ? [] : [`${name}: no text`]),
    ...(kind === 'function' && !shown.has(name) ? [`${name}: no example`] : []),
    // An editor shows a base's text for a member that has none.
    ...members
      .filter(one => ![name, ...bases].some(type => written.has(`${type}.${one.name}`)))
      .map(one => `${name}.${one.name}: no text`),
    ...members
      .filter(one => one.isOption && isText(one.doc) && !/\bdefault\b/i.test(one.doc))
      .map(one => `${name}.${one.name}: no default`),
  ])
  return [...new Set(lines)]
}

/** A comment of tags alone says nothing. */
function isText(doc: string): boolean {
  return doc !== '' && !doc.startsWith('@')
}

for (const [name, path] of Object.entries(entries)) {
  test(`hovering over an export of ${name} shows what it does, the default of each option, and an example of each function`, async t => {
    const found = await declarations.reachableFrom(path)
    t.true(found.size > 2, 'the declarations were found')
    t.deepEqual(missing(found), [])
  })
}

test('what is missing is found in each of its forms', async t => {
  const { declarations: found } = parseDeclarations(`
import { Base } from './base.js';
/** Has all. */
export interface Options extends Base {
    /** Tries; default 3. */
    readonly attempts?: number;
    /** Seconds. */
    readonly pause?: number;
    readonly name: string;
    /** Says it. */
    report?(text: string): void;
}
export declare class Plain {
    #private;
    private readonly hidden;
    /** @throws Error */
    run(): void;
}
/** Does it. */
export declare function act(options?: Options): void;
export declare function act(): void;
/**
 * Does it, too.
 *
 * @example
 * show()
 */
export declare function show(): void;
`)
  t.deepEqual(missing(found), [
    'Options.name: no text',
    'Options.pause: no default',
    'Plain: no text',
    'Plain.run: no text',
    'act: no example',
    'act: no text',
  ])
})
