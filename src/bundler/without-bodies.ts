import * as page from 'polywire/web'
import { Edits } from './edits.js'
import { functionsAround } from './factories.js'
import { decoratorOf, type Imported, isOfServer, marksService } from './imports.js'
import { leftIn } from './left-in.js'
import { isOfPackage, Modules } from './modules.js'
import { originsOf, type Resolve } from './origins.js'
import { relativeFile } from './relative.js'
import { isOfCompiler, membersOf, type ServiceClass, servicesOf } from './services.js'
import { isStaticKept, readByDecorators, type StaticRead, staticsMissing } from './static-reads.js'
import { subclassesOf } from './subclasses.js'
import { isLiteral, isNode, type Node, nameOf, nodesOf, walk } from './tree.js'
import { leaveOutUnused } from './unused.js'

/** A module as a page gets it. */
export interface PageModule {
  readonly code: string
  /** What could not be taken out, in sentences that name the class. */
  readonly warnings: readonly string[]
}

/**
 * A module whose services have decorators and no code: bodies throw, constructors and fields are gone, and so is what only they used.
 * Imports of `polywire` become imports of `polywire/web`. Undefined if the module does not import polywire.
 *
 * @param file its path; the extension says whether it is TypeScript
 * @param options.resolve finds the files of its imports, which may pass on decorators or have a base class. Default: of relative imports
 * @param options.modules those of the build. Default: none are parsed yet
 */
export async function withoutBodies(
  code: string,
  file: string,
  {
    resolve = relativeFile,
    modules = new Modules(),
  }: { readonly resolve?: Resolve | undefined; readonly modules?: Modules } = {},
): Promise<PageModule | undefined> {
  const importsPolywire = /['"]polywire(\/web)?['"]/.test(code)
  if (!importsPolywire && !mayHideService(code, file)) return undefined
  const parsed = await modules.parse(code, file).catch((error: unknown) => {
    // Other modules may be in a syntax of other plugins.
    if (importsPolywire) throw error
  })
  if (parsed === undefined) return undefined
  const { program, comments } = parsed
  const origins = await originsOf({ program, file, resolve, modules })
  const { imports } = origins
  const services = servicesOf(program, imports)
  const subclasses = subclassesOf(program, services, origins.services)
  if (!importsPolywire && services.length + subclasses.length === 0) return undefined
  const edits = new Edits()
  const warnings: string[] = []
  const placeOf = (node: Node) => `${file}:${code.slice(0, node.start).split('\n').length}`
  const absent = /tsx?$/.test(file) ? 'undefined as any' : 'undefined'
  if (services.length > 0) {
    leaveOutServerDecorators(program, edits, imports)
    const read = readByDecorators(program, services, { edits, imports })
    for (const service of services) leaveOutCode(service, edits, { code, absent, read })
    leaveOutStaticsOfCompilers(program, edits, new Set(services.map(({ name }) => name)))
    for (const { block } of functionsAround(program, services)) leaveOutUnused(block, code, edits)
    leaveOutUnused(program, code, edits)
    // The map of a compiler has the source, and bundlers put it into theirs.
    for (const comment of comments) if (/^[#@]\s*sourceMappingURL=/.test(String(comment.value))) edits.replace(comment)
    warnings.push(...staticsMissing(read, placeOf))
  } else if (marksNoClass(code, program, imports))
    warnings.push(
      `${file} has decorators of services and no class that polywire/bundler can find, so its code is in the page. ` +
        'Bundle its source, or compile it to ES modules with classes.',
    )
  warnings.unshift(...leftIn({ program, edits, services, subclasses, origins, placeOf }))
  importFromWeb(program, code, edits)
  return { code: edits.applyTo(code), warnings }
}

/** Whether a module that does not import polywire may have a service: one whose decorators or whose base others pass on. */
function mayHideService(code: string, file: string): boolean {
  if (isOfPackage(file) || !/\bfrom\s*['"]/.test(code)) return false
  return /@[\w$.]+\s*[<(]|\bextends\b|decorate|_apply_decs/.test(code)
}

/** What a page has of polywire is in `polywire/web`. Modules that pass on more pass on that. */
function importFromWeb(program: Node, code: string, edits: Edits): void {
  for (const { type, start, source, specifiers, exportKind } of nodesOf(program.body)) {
    if (!/^(Import|Export)/.test(type) || !isNode(source) || nameOf(source) !== 'polywire') continue
    edits.replace(source, "'polywire/web'")
    if (type !== 'ExportNamedDeclaration' || exportKind === 'type') continue
    // A namespace has no name of its own in polywire: `export * as pw`. Compilers take out types.
    const passed = nodesOf(specifiers)
    const kept = passed.filter(
      ({ local, exportKind: kind }) => !isNode(local) || kind === 'type' || (nameOf(local) ?? '') in page,
    )
    if (kept.length < passed.length)
      edits.replace({ start, end: source.start }, `export { ${kept.map(one => textOf(code, one)).join(', ')} } from `)
  }
}

interface Leaving {
  readonly code: string
  /** The default value of parameters that had another. In TypeScript it fits every type. */
  readonly absent: string
  /** Static members that the page's decorators read. */
  readonly read: readonly StaticRead[]
}

function leaveOutCode(service: ServiceClass, edits: Edits, { code, absent, read }: Leaving): void {
  for (const member of membersOf(service.node)) {
    if (isStaticKept(service, member, read)) continue
    const isDecorated = nodesOf(member.decorators).length > 0
    if (member.type === 'StaticBlock') {
      if (!service.isCompiled || !isOfCompiler(member)) edits.replace(member)
    } else if (/^Class(Accessor|Private)?Property$/.test(member.type)) {
      // A class of swc may be such a key.
      if (member.static === true && member.computed !== true && isNode(member.key) && member.declare !== true)
        edits.replace(member, `static get ${textOf(code, member.key)}() ${failing(service, member)}`)
      else edits.replace(member)
    } else if (member.kind === 'constructor') edits.replace(member)
    else if (isNode(member.body)) {
      if (member.computed === true && !isDecorated && !service.isCompiled) edits.replace(member)
      edits.replace(member.body, failing(service, member))
      for (const parameter of nodesOf(member.params)) leaveOutDefaults(parameter, edits, absent)
    }
  }
}

function failing({ name }: ServiceClass, { key }: Node): string {
  const what = `${name}.${nameOf(key) ?? (isNode(key) ? nameOf(key.id) : undefined) ?? 'member'}`
  return `{ throw Error(${JSON.stringify(`${what} is not in the page: call it on the client that connect returns`)}) }`
}

/** A parameter stays optional, and its default value goes. */
function leaveOutDefaults(parameter: Node, edits: Edits, absent: string): void {
  walk(parameter, node => {
    if (node.type !== 'AssignmentPattern' || !isNode(node.right)) return undefined
    if (!isLiteral(node.right)) edits.replace(node.right, absent)
    return undefined
  })
}

/** Policies of handlers, routes and injection: a page has no module for them. Types that compilers emit for constructors go too. */
function leaveOutServerDecorators(program: Node, edits: Edits, imports: ReadonlyMap<string, Imported>): void {
  walk(program, (node, parents) => {
    if (edits.holds(node)) return false
    if (node.type === 'Decorator') {
      const decorator = isNode(node.expression) ? decoratorOf(node.expression, imports) : undefined
      if (decorator === undefined || !isOfServer(decorator)) return undefined
      edits.replace(node)
      return false
    }
    if (node.type !== 'CallExpression') return undefined
    const decorator = decoratorOf(node, imports)
    const isOfConstructor = nameOf(nodesOf(node.arguments)[0]) === 'design:paramtypes' && decoratesClass(parents)
    if (!isOfConstructor && (decorator === undefined || !isOfServer(decorator))) return undefined
    edits.replace(node, '() => {}')
    return false
  })
}

/** `Hello = __decorate([..., this], Hello)`, and not `Hello.prototype`. */
function decoratesClass(parents: readonly Node[]): boolean {
  return nodesOf(parents.at(-2)?.arguments)[1]?.type === 'Identifier'
}

/** `Hello.cache = new Map()` and `__publicField(Hello, 'cache', new Map())`, which compilers write for static fields. */
function leaveOutStaticsOfCompilers(program: Node, edits: Edits, services: ReadonlySet<string>): void {
  for (const statement of nodesOf(program.body)) {
    const { expression } = statement
    if (!isNode(expression)) continue
    const [first, key, value] = nodesOf(expression.arguments)
    const isField = nameOf(expression.callee) !== undefined && key?.type === 'StringLiteral' && value !== undefined
    const target = isField ? first : isNode(expression.left) ? expression.left.object : undefined
    if (services.has(nameOf(target) ?? '')) edits.replace(statement, ';')
  }
}

/** A module that was compiled to CommonJS, or to functions in place of classes. */
function marksNoClass(code: string, program: Node, imports: ReadonlyMap<string, Imported>): boolean {
  if (/require\(['"]polywire(\/web)?['"]\)/.test(code) && /\.(Service|Method)\)?\(/.test(code)) return true
  let marks = false
  walk(program, node => {
    const decorator = node.type === 'CallExpression' ? decoratorOf(node, imports) : undefined
    marks ||= decorator !== undefined && marksService(decorator)
    return !marks
  })
  return marks
}

function textOf(code: string, { start, end }: Node): string {
  return code.slice(start, end)
}
