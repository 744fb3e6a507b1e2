import type { CompilerApi, Node } from './compiler-api.js'
import { type FileLinks, readLinks } from './read-links.js'

/** The comments of a class or an enum of a source. */
export interface Commented {
  /** The name in the source. */
  readonly name: string
  readonly doc: string | undefined
  readonly members: ReadonlyMap<string, string>
  /** What `@param` says of the parameters of a method, by its name; of the cases of a oneOf, by the name of its property. */
  readonly parts: ReadonlyMap<string, ReadonlyMap<string, string>>
}

/** What a TypeScript file says in TSDoc. */
export interface FileDocs {
  readonly path: string
  /** The paths of the modules that the file names, by what it calls them. */
  readonly modules: ReadonlyMap<string, string>
  readonly links: FileLinks
  readonly classes: readonly (Commented & { readonly wireName: string })[]
  readonly enums: readonly Commented[]
  /** The names of enums in this file, by those that `enumOf` gives them on the wire. */
  readonly enumNames: ReadonlyMap<string, string>
  /** Of the variables of the file itself, by their names. */
  readonly variables: ReadonlyMap<string, string>
  /** Of typedefs, by the names that `typedef` gives them on the wire. */
  readonly typedefs: ReadonlyMap<string, string>
  /** Of the entries of `constantsOf`, by their names with the package: a description, or the variable that may have one: `LIMIT`, `limits.LIMIT`. */
  readonly constants: ReadonlyMap<string, { readonly doc: string | undefined; readonly variable: string | undefined }>
}

/** A source of the project. */
export interface SourceFile extends Pick<FileDocs, 'path' | 'modules'> {
  readonly text: string
}

/** Reads the comments of a file's classes, enums, typedefs and constants. Tags, such as `@example`, are left out. */
export function readDocs(api: CompilerApi, { path, text, modules }: SourceFile): FileDocs {
  const file = api.createSourceFile(path, text, latest, true)
  const reader = new DocReader(api, path, modules, readLinks(api, file))
  reader.visit(file)
  return reader
}

/** ScriptTarget.Latest. */
const latest = 99

class DocReader implements FileDocs {
  readonly classes: (Commented & { readonly wireName: string })[] = []
  readonly enums: Commented[] = []
  readonly enumNames = new Map<string, string>()
  readonly variables = new Map<string, string>()
  readonly typedefs = new Map<string, string>()
  readonly constants = new Map<string, { readonly doc: string | undefined; readonly variable: string | undefined }>()
  /** The objects of the file's constants, where the cases of a oneOf may stand. */
  private readonly objects = new Map<string, Node>()

  constructor(
    private readonly api: CompilerApi,
    readonly path: string,
    readonly modules: ReadonlyMap<string, string>,
    readonly links: FileLinks,
  ) {}

  visit(node: Node): void {
    const { api } = this
    if (api.isClassDeclaration(node) && node.name?.text !== undefined)
      this.classes.push({ ...this.commented(node), wireName: this.wireName(node) ?? node.name.text })
    if (api.isEnumDeclaration(node)) this.enums.push(this.commented(node))
    if (api.isVariableDeclaration(node)) this.variable(node)
    if (api.isCallExpression(node)) this.call(node)
    api.forEachChild(node, child => this.visit(child))
  }

  private commented(node: Node): Commented {
    const { api } = this
    const members = new Map<string, string>()
    const parts = new Map<string, ReadonlyMap<string, string>>()
    for (const member of node.members ?? []) {
      const isDescribed =
        api.isEnumDeclaration(node) || api.isPropertyDeclaration(member) || api.isMethodDeclaration(member)
      const doc = isDescribed ? this.docOf(member) : undefined
      const name = member.name?.text
      if (name === undefined) continue
      if (doc !== undefined) members.set(name, doc)
      const found = api.isMethodDeclaration(member) ? this.parameters(member) : this.cases(member)
      if (found.size > 0) parts.set(name, found)
    }
    return { name: node.name?.text ?? '', doc: this.docOf(node), members, parts }
  }

  /** `{ ... }` of `const cases = { ... } as const`. */
  private variable(node: Node): void {
    const { name, initializer } = node
    const object = initializer?.expression ?? initializer
    if (name?.text === undefined || object === undefined) return
    if (this.api.isObjectLiteralExpression(object)) this.objects.set(name.text, object)
    const doc = this.docOf(node)
    if (doc === undefined) return
    if (isOfFile(node)) this.variables.set(name.text, doc)
    const wireName = isCallOf('typedef')(initializer) ? this.literal(initializer?.arguments?.[0]) : undefined
    if (wireName !== undefined) this.typedefs.set(wireName, doc)
  }

  private parameters(method: Node): ReadonlyMap<string, string> {
    const { api } = this
    const tags = (this.commentOf(method)?.tags ?? []).filter(one => api.isJSDocParameterTag(one))
    // Further lines of a tag are indented.
    return new Map(tags.flatMap(one => entryOf(one.name?.text, this.textOf(one.comment)?.replace(/\n[ \t]+/g, '\n'))))
  }

  /** Those of `@Field(oneOf(...))`. */
  private cases(property: Node): ReadonlyMap<string, string> {
    const field = (this.api.getDecorators(property) ?? []).map(one => one.expression).find(isCallOf('Field'))
    const [cases] = field?.arguments?.find(isCallOf('oneOf'))?.arguments ?? []
    const object = this.objects.get(cases?.text ?? '') ?? cases
    return new Map((object?.properties ?? []).flatMap(one => entryOf(one.name?.text, this.docOf(one))))
  }

  /** Of several comments the last, which is the nearest. */
  private docOf(node: Node): string | undefined {
    return this.textOf(this.commentOf(node)?.comment)
  }

  private commentOf(node: Node): Node | undefined {
    return this.api.getJSDocCommentsAndTags(node).findLast(one => this.api.isJSDoc(one))
  }

  private textOf(comment: unknown): string | undefined {
    const text = this.api.getTextOfJSDocComment(comment)?.replaceAll('\r\n', '\n').replaceAll('*\\/', '*/')
    return text?.trim() || undefined
  }

  /** `hello.Hello` of `@Service('hello.Hello')`, if it is written out. */
  private wireName(node: Node): string | undefined {
    for (const { expression } of this.api.getDecorators(node) ?? []) {
      const name = expression?.expression?.text
      if (name === 'Service' || name === 'Message') return this.literal(expression?.arguments?.[0])
    }
    return undefined
  }

  private call({ expression, arguments: [values, name] = [] }: Node): void {
    const pack = this.literal(values)
    if (expression?.text === 'constantsOf' && pack !== undefined)
      for (const one of name?.properties ?? []) {
        const variable = this.variableIn(one.initializer?.elements?.[1])
        this.constants.set(`${pack}.${one.name?.text}`, { doc: this.docOf(one), variable })
      }
    const wireName = this.literal(name)
    if (expression?.text !== 'enumOf' || wireName === undefined || values?.text === undefined) return
    this.enumNames.set(wireName, values.text)
  }

  /** `LIMIT` or `limits.LIMIT`. */
  private variableIn(node: Node | undefined): string | undefined {
    if (node === undefined) return undefined
    if (this.api.isIdentifier(node)) return node.text
    if (!this.api.isPropertyAccessExpression(node)) return undefined
    const outer = this.variableIn(node.expression)
    return outer && `${outer}.${node.name?.text}`
  }

  private literal(node: Node | undefined): string | undefined {
    return node !== undefined && this.api.isStringLiteralLike(node) ? node.text : undefined
  }
}

/** Whether a variable is one of the file, and not of a function. Its ancestors are a list, a statement and the file. */
function isOfFile({ parent }: Node): boolean {
  return parent?.parent?.parent !== undefined && parent.parent.parent.parent === undefined
}

function isCallOf(name: string): (node: Node | undefined) => boolean {
  return node => node?.expression?.text === name
}

function entryOf(name: string | undefined, doc: string | undefined): [string, string][] {
  return name === undefined || doc === undefined ? [] : [[name, doc]]
}
