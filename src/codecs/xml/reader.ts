import { Fault } from '../values/fault.js'
import { XmlCursor } from './cursor.js'
import { namespaceOf, Scope } from './namespaces.js'
import { malformed } from './text.js'

/** Characters. Strings of a document up to this long are slices of it, so a string that is kept keeps the document. */
const longestShared = 4096

/** An element's name and its tags. */
export interface Tag {
  readonly name: string
  /** `<name` */
  readonly open: string
  /** `<name>` */
  readonly start: string
  /** `</name>` */
  readonly end: string
}

export interface XmlReaderOptions {
  /** Elements within elements, at most. */
  readonly nesting: number
  /** Elements of other namespaces are unknown. If undefined, namespaces do not matter. */
  readonly namespace: string | undefined
}

/** The state of a reader, to go back to before the element around it ends. */
export type Mark = Pick<XmlReader, 'position' | 'isEmpty'> & {
  /** The number of open elements, and the innermost. Nothing else about them can change. */
  readonly depth: number
  readonly name: string | undefined
  readonly scope: Scope | undefined
}

/**
 * Reads an XML document element by element, as the schema asks for them, and builds nothing for the rest. Checks that it is well-formed as
 * far as it reads. Refuses DTDs, and so all entities but the predefined ones. Every method throws a Fault.
 *
 * After a start tag, call `text`, `skip`, or `child` until it returns false.
 */
export class XmlReader extends XmlCursor {
  /** The name of the last start tag without its prefix, and whether its namespace is the known one. */
  name = ''
  isKnown = true
  /** Names and values in turn, without those that have a prefix. */
  attributes: readonly string[] = []
  /** Whether the last start tag also closed its element. */
  isEmpty = false
  private readonly open: string[] = []
  private scope: Scope | undefined

  constructor(
    document: string,
    private readonly options: XmlReaderOptions,
  ) {
    super(document)
  }

  /** Reads to after the start tag of the root. */
  root(): void {
    if (this.follows('<?xml') && this.document.charCodeAt(this.position + 5) <= 0x20) this.declaration()
    this.between()
    if (this.position >= this.document.length) throw malformed('it has no element')
    this.startTag()
  }

  /** @throws Fault if anything but comments follows the root */
  finish(): void {
    this.between()
    if (this.position < this.document.length) throw malformed('something follows its end')
  }

  /** Reads to after the next start tag within the element. @returns false if there is none; then it reads to after the end tag */
  child(): boolean {
    if (this.emptied()) return false
    this.between()
    if (this.follows('</')) {
      this.endTag()
      return false
    }
    this.startTag()
    return true
  }

  /** Steps over this start tag, without attributes, if it comes next. @returns whether it did */
  isChild(tag: Tag): boolean {
    if (this.isEmpty || this.scope !== undefined || this.options.namespace !== undefined) return false
    const { document, position } = this
    if (!document.startsWith(tag.open, position)) return false
    const end = position + tag.open.length
    const next = document.charCodeAt(end)
    if (next === 0x3e) {
      this.position = end + 1
      this.begin(tag.name)
    } else if (next === 0x2f && document.charCodeAt(end + 1) === 0x3e) {
      this.position = end + 2
      this.isEmpty = true
    } else return false
    this.attributes = none
    return true
  }

  /** Reads the text of the element, to after its end tag. @param expected for the Fault if it contains elements */
  text(expected: string): string {
    if (this.emptied()) return ''
    let text = this.piece()
    while (!this.follows('</')) {
      if (this.follows('<![CDATA[')) text += this.cdata()
      else if (!this.comment()) throw new Fault(`expected ${expected}, got elements`)
      text += this.piece()
    }
    this.endTag()
    return this.document.length <= longestShared || text.length < 13 ? text : Buffer.from(text).toString()
  }

  /** Reads to after the end tag of the element. */
  skip(): void {
    if (this.emptied()) return
    const level = this.open.length
    while (this.open.length >= level) {
      this.rawPiece()
      if (this.follows('</')) this.endTag()
      else if (this.follows('<![CDATA[')) this.cdata()
      else if (!this.comment()) {
        this.startTag()
        this.isEmpty = false
      }
    }
  }

  mark(): Mark {
    const { position, isEmpty, scope, open } = this
    return { position, isEmpty, scope, depth: open.length, name: open.at(-1) }
  }

  reset({ position, isEmpty, scope, depth, name }: Mark): void {
    this.position = position
    this.isEmpty = isEmpty
    Scope.reset(this.scope, scope)
    this.scope = scope
    this.open.length = depth
    if (name !== undefined) this.open[depth - 1] = name
  }

  private emptied(): boolean {
    const { isEmpty } = this
    this.isEmpty = false
    return isEmpty
  }

  private begin(name: string): void {
    if (this.open.length >= this.options.nesting) throw new Fault(`nested deeper than ${this.options.nesting} elements`)
    this.open.push(name)
  }

  private startTag(): void {
    this.position++
    const whole = this.qualifiedName()
    if (whole === '') throw malformed('a "<" that begins no tag')
    const colon = whole.indexOf(':')
    this.name = colon < 0 ? whole : whole.slice(colon + 1)
    this.readAttributes()
    const uri = namespaceOf(this.scope, colon < 0 ? '' : whole.slice(0, colon))
    this.isKnown = this.options.namespace === undefined || uri === this.options.namespace
    this.isEmpty = this.follows('/>')
    if (!this.isEmpty && !this.follows('>')) throw malformed('a start tag without an end')
    this.position += this.isEmpty ? 2 : 1
    if (this.isEmpty) this.leaveScope()
    else this.begin(whole)
  }

  /** Enters the scope of the element if it declares prefixes. */
  private readAttributes(): void {
    this.attributes = none
    const first = this.document.charCodeAt(this.position)
    if (first === 0x3e || first === 0x2f) return
    const plain: string[] = []
    const names = new DistinctNames()
    let declared: string[] | undefined
    let used: string[] | undefined
    while (this.space()) {
      const name = this.qualifiedName()
      if (name === '') break
      if (!names.add(name)) throw malformed('an attribute that is there twice')
      const value = this.assigned()
      const colon = name.indexOf(':')
      if (name === 'xmlns' || name.startsWith('xmlns:')) {
        if (colon >= 0 && value === '') throw malformed('a prefix that is declared as none')
        const prefix = colon < 0 ? '' : name.slice(colon + 1)
        if (declared === undefined) declared = [prefix, value]
        else declared.push(prefix, value)
      } else if (colon < 0) plain.push(name, value)
      else {
        used ??= []
        used.push(name.slice(0, colon))
      }
    }
    if (declared !== undefined) this.scope = new Scope(declared, this.scope, this.open.length)
    if (used !== undefined) for (const prefix of used) namespaceOf(this.scope, prefix)
    this.attributes = plain
  }

  private leaveScope(): void {
    if (this.scope?.level === this.open.length) this.scope = this.scope.leave()
  }

  private endTag(): void {
    const { document } = this
    const name = this.open.pop() as string
    const end = this.position + 2 + name.length
    if (!document.startsWith(name, this.position + 2)) throw malformed('an end tag that is not that of its start tag')
    if (document.charCodeAt(end) === 0x3e) this.position = end + 1
    else {
      this.position = end
      this.space()
      if (!this.follows('>')) throw malformed('an end tag that is not that of its start tag')
      this.position++
    }
    this.leaveScope()
  }
}

const none: readonly string[] = []
/** Up to this many names, comparing is faster than hashing. */
const few = 8

/** The names of one element's attributes. None may occur twice. */
class DistinctNames {
  private readonly first: string[] = []
  private all: Set<string> | undefined

  /** @returns false if the name is already there */
  add(name: string): boolean {
    const { first } = this
    if (this.all !== undefined) return this.all.size < this.all.add(name).size
    if (first.includes(name)) return false
    if (first.push(name) === few) this.all = new Set(first)
    return true
  }
}
