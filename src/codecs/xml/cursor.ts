import { ValueCount } from '../values/value-count.js'
import { checkCharacters, malformed, resolveReferences } from './text.js'

const space = /[ \t\n]*/y
const qualified = /[A-Za-z_\u0080-\uffff][\w.\-\u0080-\uffff]*(?::[A-Za-z_\u0080-\uffff][\w.\-\u0080-\uffff]*)?/y
const declaration =
  /<\?xml[ \t\n]+version[ \t\n]*=[ \t\n]*(?:"1\.\d"|'1\.\d')(?:[ \t\n]+encoding[ \t\n]*=[ \t\n]*["']([A-Za-z][\w.-]*)["'])?(?:[ \t\n]+standalone[ \t\n]*=[ \t\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\n]*\?>/y

/**
 * A place in an XML document, and what can be passed there without knowing which elements are open. Every method throws a Fault.
 */
export class XmlCursor {
  readonly values = new ValueCount()
  position = 0
  protected readonly document: string

  constructor(document: string) {
    checkCharacters(document)
    this.document = document.includes('\r') ? document.replace(/\r\n/g, '\n').replace(/\r/g, '\n') : document
    if (document.charCodeAt(0) === 0xfeff) this.position = 1
  }

  /** @returns whether there was any */
  protected space(): boolean {
    const { position } = this
    if (this.document.charCodeAt(position) > 0x20) return false
    space.lastIndex = position
    space.test(this.document)
    this.position = space.lastIndex
    return this.position > position
  }

  protected follows(text: string): boolean {
    return this.document.startsWith(text, this.position)
  }

  /** A name, with its prefix if it has one; empty: none begins here. */
  protected qualifiedName(): string {
    const { position } = this
    qualified.lastIndex = position
    if (!qualified.test(this.document)) return ''
    this.position = qualified.lastIndex
    return this.document.slice(position, this.position)
  }

  /** The value of an attribute, from behind its name. */
  protected assigned(): string {
    const { document } = this
    this.space()
    const isAssigned = document.charCodeAt(this.position) === 0x3d
    this.position++
    this.space()
    const quote = document[this.position]
    const start = this.position + 1
    const end = isAssigned && (quote === '"' || quote === "'") ? document.indexOf(quote, start) : -1
    const value = document.slice(start, end)
    if (end < 0 || value.includes('<')) throw malformed('an attribute without a value in quotes')
    this.position = end + 1
    return resolveReferences(value.replace(/\t/g, ' ').replace(/\n/g, ' '))
  }

  /** Text up to the next markup. */
  protected piece(): string {
    return resolveReferences(this.rawPiece())
  }

  /** Text up to the next markup, with its references as they are. Source: XML 1.0, production 14, "CharData". */
  protected rawPiece(): string {
    const { document, position } = this
    this.position = document.indexOf('<', position)
    if (this.position < 0) throw malformed('it ends within an element')
    const text = document.slice(position, this.position)
    if (text.includes(']]>')) throw malformed('"]]>" outside of a CDATA section')
    return text
  }

  /** Passes white space, comments and processing instructions; to the next tag, or to the end of the document. */
  protected between(): void {
    do {
      this.space()
    } while (this.comment())
    if (this.position < this.document.length && this.document.charCodeAt(this.position) !== 0x3c)
      throw malformed('text where only elements may stand')
  }

  /** Passes a comment or a processing instruction, if one comes next. */
  protected comment(): boolean {
    const { document, position } = this
    if (document.charCodeAt(position) !== 0x3c) return false
    const next = document.charCodeAt(position + 1)
    if (next === 0x3f) this.instruction()
    else if (next !== 0x21 || document.startsWith('<![CDATA[', position)) return false
    else if (document.startsWith('<!--', position)) {
      const end = document.indexOf('--', position + 4)
      if (end < 0 || document.charCodeAt(end + 2) !== 0x3e) throw malformed('a comment without an end')
      this.position = end + 3
    } else throw malformed('a DTD, or another declaration')
    return true
  }

  protected instruction(): void {
    const end = this.document.indexOf('?>', this.position)
    if (end < 0) throw malformed('a processing instruction without an end')
    if (/^<\?xml[\s?]/i.test(this.document.slice(this.position, this.position + 6)))
      throw malformed('an XML declaration that is not at its very beginning')
    this.position = end + 2
  }

  protected declaration(): void {
    declaration.lastIndex = this.position
    const match = declaration.exec(this.document)
    if (match === null) throw malformed('a malformed XML declaration')
    if (match[1] !== undefined && !/^(?:utf-8|us-ascii)$/i.test(match[1]))
      throw malformed('an encoding other than UTF-8')
    this.position = declaration.lastIndex
  }

  protected cdata(): string {
    const start = this.position + 9
    const end = this.document.indexOf(']]>', start)
    if (end < 0) throw malformed('a CDATA section without an end')
    this.position = end + 3
    return this.document.slice(start, end)
  }
}
