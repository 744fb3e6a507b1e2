import { Fault } from './fault.js'
import { XmlCursor } from './xml-cursor.js'
import { namespaceOf, type Scope } from './xml-namespaces.js'
import { malformed, resolveReferences } from './xml-text.js'

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

/** Where a reader is, to go back there. */
export type Mark = Pick<XmlReader, 'position' | 'isEmpty'> & {
  readonly open: readonly string[]
  readonly scope: unknown
}

const qualified = /([A-Za-z_\u0080-\uffff][\w.\-\u0080-\uffff]*)(?::([A-Za-z_\u0080-\uffff][\w.\-\u0080-\uffff]*))?/y
const assignment = /[ \t\n]*=[ \t\n]*(?:"([^"<]*)"|'([^'<]*)')/y
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
  private open: string[] = []
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
    const { position, isEmpty, scope } = this
    return { position, isEmpty, scope, open: [...this.open] }
  }

  reset({ position, isEmpty, scope, open }: Mark): void {
    this.position = position
    this.isEmpty = isEmpty
    this.scope = scope as Scope | undefined
    this.open = [...open]
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
    const { document } = this
    qualified.lastIndex = this.position + 1
    const match = qualified.exec(document)
    if (match === null) throw malformed('a "<" that begins no tag')
    const [whole, first, second] = match
    this.position = qualified.lastIndex
    this.name = second ?? (first as string)
    const own = this.readAttributes()
    const scope = own === undefined ? this.scope : { prefixes: own, parent: this.scope, level: this.open.length }
    const uri = namespaceOf(scope, second === undefined ? '' : (first as string))
    this.isKnown = this.options.namespace === undefined || uri === this.options.namespace
    this.isEmpty = this.follows('/>')
    if (!this.isEmpty && !this.follows('>')) throw malformed('a start tag without an end')
    this.position += this.isEmpty ? 2 : 1
    if (this.isEmpty) return
    this.begin(whole)
    this.scope = scope
  }

  /** @returns the prefixes that the element declares */
  private readAttributes(): ReadonlyMap<string, string> | undefined {
    this.attributes = none
    const first = this.document.charCodeAt(this.position)
    if (first === 0x3e || first === 0x2f) return undefined
    const { document } = this
    const plain: string[] = []
    const seen = new Set<string>()
    const used: string[] = []
    let prefixes: Map<string, string> | undefined
    for (;;) {
      const separated = this.space()
      qualified.lastIndex = this.position
      const match = separated ? qualified.exec(document) : null
      if (match === null) break
      const [whole, prefix = '', local] = match
      assignment.lastIndex = qualified.lastIndex
      const given = assignment.exec(document)
      if (given === null) throw malformed(`an attribute without a value in quotes`)
      this.position = assignment.lastIndex
      if (seen.has(whole)) throw malformed('an attribute that is there twice')
      seen.add(whole)
      const value = resolveReferences((given[1] ?? given[2] ?? '').replace(/[\t\n]/g, ' '))
      if (whole === 'xmlns' || (prefix === 'xmlns' && local !== undefined)) {
        prefixes ??= new Map()
        if (local !== undefined && value === '') throw malformed('a prefix that is declared as none')
        prefixes.set(local ?? '', value)
      } else if (local === undefined) plain.push(whole, value)
      else used.push(prefix)
    }
    const scope = prefixes === undefined ? this.scope : { prefixes, parent: this.scope, level: this.open.length }
    for (const prefix of used) namespaceOf(scope, prefix)
    this.attributes = plain
    return prefixes
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
    if (this.scope?.level === this.open.length) this.scope = this.scope.parent
  }
}

const none: readonly string[] = []
