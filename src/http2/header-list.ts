import { ENTRY_OVERHEAD } from './hpack-static.js'

/** The meaning of a field for HTTP/2, determined once when its name is decoded. */
export enum FieldKind {
  regular,
  method,
  scheme,
  authority,
  path,
  status,
  protocol,
  te,
  content_length,
  host,
  /** A connection-specific field, an unknown pseudo-header, or a name or value that HTTP does not allow. */
  invalid,
}

/** One decoded field. HPACK's tables hold these, so a field that is only referred to is never checked again. */
export interface Field {
  readonly name: string
  readonly value: string
  readonly kind: FieldKind
  /** Bytes as RFC 7541, section 4.1, counts them. */
  readonly size: number
}

const KINDS = new Map<string, FieldKind>([
  [':method', FieldKind.method],
  [':scheme', FieldKind.scheme],
  [':authority', FieldKind.authority],
  [':path', FieldKind.path],
  [':status', FieldKind.status],
  [':protocol', FieldKind.protocol],
  ['te', FieldKind.te],
  ['content-length', FieldKind.content_length],
  ['host', FieldKind.host],
  ['connection', FieldKind.invalid],
  ['proxy-connection', FieldKind.invalid],
  ['keep-alive', FieldKind.invalid],
  ['transfer-encoding', FieldKind.invalid],
  ['upgrade', FieldKind.invalid],
])
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
const BAD_VALUE = /[\0\r\n]|^[ \t]|[ \t]$/

export function fieldOf(name: string, value: string): Field {
  let kind = KINDS.get(name) ?? (NAME.test(name) ? FieldKind.regular : FieldKind.invalid)
  if (BAD_VALUE.test(value)) kind = FieldKind.invalid
  return { name, value, kind, size: name.length + value.length + ENTRY_OVERHEAD }
}

/**
 * A decoded header section. Lists are shared: one that arrives again in the same bytes is the same object. So treat it as frozen, and keep
 * in `tag` what was derived from it, such as a route or parsed metadata.
 */
export class HeaderList {
  method = ''
  scheme = ''
  authority = ''
  path = ''
  /** The status of a response; 0 if there is none. */
  status = 0
  /** The declared content-length; -1 if there is none. */
  contentLength = -1
  /** The regular fields in their order: name, value, name, value. Repeated names stay apart. */
  readonly fields: string[] = []
  /** Sum of the fields' sizes as SETTINGS_MAX_HEADER_LIST_SIZE counts them. */
  size = 0
  /** Whether `size` exceeds the limit; further fields are left out. */
  tooLarge = false
  /** For the consumer: kept with the list as long as the connection remembers it. */
  tag: unknown = undefined
  /** Why the section is malformed in any role; '' if it is not. */
  fault = ''
  private seen = 0
  private protocol = false
  private hosts = 0

  /** The first value of a regular field; `name` in lower case. */
  get(name: string): string | undefined {
    for (let i = 0; i < this.fields.length; i += 2) if (this.fields[i] === name) return this.fields[i + 1]
    return undefined
  }

  /** A response that another one follows. */
  get isInformational(): boolean {
    return this.status >= 100 && this.status < 200
  }

  add(field: Field): void {
    const { name, value, kind } = field
    if (kind === FieldKind.regular) {
      this.fields.push(name, value)
    } else if (kind <= FieldKind.protocol) {
      this.addPseudo(field)
    } else {
      if (kind === FieldKind.invalid) this.fault ||= `field ${JSON.stringify(name)} is not allowed`
      else if (kind === FieldKind.te && value !== 'trailers') this.fault ||= 'te is not "trailers"'
      else if (kind === FieldKind.content_length) this.addLength(value)
      else if (kind === FieldKind.host) this.hosts++
      this.fields.push(name, value)
    }
  }

  /** Why a server must reject this request (RFC 9113, section 8.3.1); '' if it is valid. */
  requestFault(): string {
    if (this.fault) return this.fault
    if (this.status !== 0) return ':status in a request'
    if (this.protocol) return ':protocol was not offered'
    if (this.method === '') return ':method is missing'
    const hostFault = this.hostFault()
    if (hostFault) return hostFault
    if (this.method === 'CONNECT') {
      const given = (1 << FieldKind.method) | (1 << FieldKind.authority)
      return this.seen === given ? '' : 'CONNECT takes :authority and neither :scheme nor :path'
    }
    if (this.scheme === '') return ':scheme is missing'
    if (this.path === '') return ':path is missing'
    const isPath = this.path[0] === '/' || (this.path === '*' && this.method === 'OPTIONS')
    return isPath ? '' : ':path does not begin with "/"'
  }

  /** Why a client must reject this response; '' if it is valid. */
  responseFault(): string {
    if (this.fault) return this.fault
    if (this.seen !== 1 << FieldKind.status) return ':status alone must be given, once'
    return this.status === 101 ? 'HTTP/2 has no status 101' : ''
  }

  trailersFault(): string {
    return this.fault || (this.seen === 0 ? '' : 'a pseudo-header in trailers')
  }

  /**
   * A request must not have two names for its host: routing could use one and a check the other (RFC 9113, section 8.3.1; RFC 9110, section
   * 7.2).
   */
  private hostFault(): string {
    if (this.hosts === 0) return ''
    if (this.hosts > 1) return 'host is given twice'
    if (!(this.seen & (1 << FieldKind.authority))) return ''
    return this.get('host')?.toLowerCase() === this.authority.toLowerCase() ? '' : 'host differs from :authority'
  }

  private addPseudo({ name, value, kind }: Field): void {
    if (this.fields.length > 0) this.fault ||= `${name} comes behind a regular field`
    if (this.seen & (1 << kind)) this.fault ||= `${name} is given twice`
    this.seen |= 1 << kind
    if (kind === FieldKind.method) this.method = value
    else if (kind === FieldKind.scheme) this.scheme = value
    else if (kind === FieldKind.authority) this.authority = value
    else if (kind === FieldKind.path) this.path = value
    else if (kind === FieldKind.protocol) this.protocol = true
    else if (/^[1-9]\d\d$/.test(value)) this.status = Number(value)
    else this.fault ||= ':status is no three-digit number'
  }

  private addLength(value: string): void {
    const length = /^\d{1,15}$/.test(value) ? Number(value) : -1
    if (length < 0 || (this.contentLength >= 0 && this.contentLength !== length)) {
      this.fault ||= 'content-length is not one number'
    }
    this.contentLength = length
  }
}
