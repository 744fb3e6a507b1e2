import { Fault } from '../values/fault.js'
import { XmlCursor } from './cursor.js'
import { namespaceOf, Scope } from './namespaces.js'
import { malformed } from './text.js'

/** Characters of a document up to which its strings may be parts of it, which a string that is kept keeps whole. */
const longestShared = 4096

/** An element's name as it is written and looked for. */
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
  /** Elements within elements. */
  readonly nesting: number
  /** Elements of other namespaces are not known; undefined: namespaces make no difference. */
  readonly namespace: string | undefined
}

/** Where a reader is, to go back there before the element around it has ended. */
export type Mark = Pick<XmlReader, 'position' | 'isEmpty'> & {
  /** How many elements are open, and the innermost: nothing else of them can change. */
  readonly depth: number
  readonly name: string | undefined
  readonly scope: Scope | undefined
}

/**
 * Reads an XML document element by element, as its schema asks for them, so that nothing is made of what nobody asked for. Well-formedness is
 * checked as far as it is read; DTDs, and with them entities other than the predefined ones, are refused. Every method throws a Fault.
 *
 * Behind a start tag comes one of `text`, `child` (until it is false) and `skip`.
 */
export class XmlReader extends XmlCursor {
  /** Of the last start tag: its name without a prefix, and whether that is known in its namespace. */
  name = ''
  isKnown = true
  /** Names and values in turn, those with a prefix left out. */
  attributes: readonly string[] = []
  /** The element that was begun last was closed in its start tag. */
  isEmpty = false
  private readonly open: string[] = []
  private scope: Scope | undefined

  constructor(
    document: string,
    private readonly options: XmlReaderOptions,
  ) {
    super(document)
  }

  /** To behind the start tag of the root. */
  root(): void {
    if (this.follows('<?xml') && this.document.charCodeAt(this.position + 5) <= 0x20) this.declaration()
    this.between()
    if (this.position >= this.document.length) throw malformed('it has no element')
    this.startTag()
  }

  /** @throws Fault where anything but comments follows the root */
  finish(): void {
    this.between()
    if (this.position < this.document.length) throw malformed('something follows its end')
  }

  /** To behind the next start tag within the element. @returns false: to behind its end tag, since none was left */
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

  /** Whether the next thing within the element is this start tag, without attributes; then it is passed. */
  isChild(tag: Tag): boolean {
    if (this.isEmpty || this.scope !== undefined || this.options.namespace !== undefined) return false
    if (!this.document.startsWith(tag.start, this.position)) return false
    this.position += tag.start.length
    this.begin(tag.name)
    this.attributes = none
    return true
  }

  /** The text of the element, to behind its end tag. @param expected for the Fault where it has elements */
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

  /** To behind the end tag of the element, whatever it holds. */
  skip(): void {
    if (this.emptied()) return
    const level = this.open.length
    while (this.open.length >= level) {
      this.position = this.nextMarkup()
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

  /** Enters the scope of the element, where it declares prefixes. */
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
/** Names up to which comparing is faster than hashing, which also makes a table. */
const few = 8

/** The names of one element's attributes, of which none may come twice. */
class DistinctNames {
  private readonly first: string[] = []
  private all: Set<string> | undefined

  /** @returns false: it is there already */
  add(name: string): boolean {
    const { first } = this
    if (this.all !== undefined) return this.all.size < this.all.add(name).size
    if (first.includes(name)) return false
    if (first.push(name) === few) this.all = new Set(first)
    return true
  }
}
