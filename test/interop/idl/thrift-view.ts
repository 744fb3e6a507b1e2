import { dirname } from 'node:path'
import { compileThrift, type ThriftFile } from '../../../src/idl/thrift/compile.js'
import type { FieldXml, MethodXml, ServiceXml, TypeXml } from '../../../src/idl/thrift/document.js'

/**
 * What the Thrift compiler finds in these files that matters on the wire, by name: structs, unions, exceptions, enums and methods, those of
 * base services too; besides annotations, typedefs and constants. Within other types typedefs count as what they stand for, and all integers
 * that an enum is.
 */
export async function thriftView(paths: readonly string[]): Promise<Map<string, string>> {
  const files = await compileThrift(paths, [...new Set(paths.map(dirname))])
  const view = new Map<string, string>()
  const modules = new Map(files.map(file => [file.document.name, file]))
  for (const file of files) new View(file, modules, view).add()
  return view
}

class View {
  constructor(
    private readonly file: ThriftFile,
    private readonly modules: ReadonlyMap<string, ThriftFile>,
    private readonly view: Map<string, string>,
  ) {}

  add(): void {
    const { struct, union, exception, service, ...others } = this.file.document
    const callable = service.filter(one => one.method.length > 0)
    for (const { name, annotation } of [
      ...struct,
      ...union,
      ...exception,
      ...callable,
      ...others.enum,
      ...others.typedef,
    ])
      this.view.set(`annotations of ${this.named(name)}`, JSON.stringify(annotation))
    for (const one of others.typedef) this.view.set(this.named(one.name), this.typeOf(one))
    // A set holds equal elements once, and a struct no field that has its default anyway.
    for (const one of others.const)
      this.view.set(this.named(one.name), JSON.stringify([this.typeOf(one), one.int, one.double, one.string]))
    for (const { name, member } of others.enum)
      this.view.set(this.named(name), JSON.stringify(member.map(one => [one.name, Number(one.value), one.annotation])))
    for (const { name, field } of [...struct, ...union]) this.view.set(this.named(name), this.fields(field))
    // An error always has a text, so that its class does not say whether it must.
    for (const { name, field } of exception)
      this.view.set(
        this.named(name),
        this.fields(field.map(one => (one.name === 'message' ? { ...one, required: '' } : one))),
      )
    for (const one of service) for (const method of this.methodsOf(one)) this.method(one.name, method)
  }

  /** With its namespace: that for JavaScript, else the next that is there. */
  private named(name: string): string {
    const { namespace } = this.file.document
    const found = ['js', '*', 'py', 'java'].map(language => namespace.find(one => one.name === language))
    return `${(found.find(one => one !== undefined) ?? namespace[0])?.value ?? ''}.${name}`
  }

  private methodsOf({ method, base, baseModule }: ServiceXml): MethodXml[] {
    const above = this.modules.get(baseModule)?.document.service.find(({ name }) => name === base)
    return above === undefined ? method : [...new View(this.file, this.modules, this.view).methodsOf(above), ...method]
  }

  private method(service: string, { name, arg, returns, throws, oneway }: MethodXml): void {
    const reply = returns === undefined ? 'void' : this.typeOf(returns)
    const shape = [this.fields(arg), reply, this.fields(throws), oneway === 'true']
    this.view.set(`${this.named(service)}/${name}`, JSON.stringify(shape))
  }

  private fields(fields: readonly FieldXml[]): string {
    const views = fields.map(
      field => [Number(field.number), this.typeOf(field), field.required === 'required', field.annotation] as const,
    )
    return JSON.stringify(views.sort(([one], [other]) => one - other))
  }

  private typeOf(type: TypeXml): string {
    const part = (inner: TypeXml | undefined) => (inner === undefined ? '' : this.typeOf(inner))
    if (type.type === 'list' || type.type === 'set') return `${type.type}<${part(type.elemType)}>`
    if (type.type === 'map') return `map<${part(type.keyType)}, ${part(type.valueType)}>`
    if (type.type === 'byte') return 'i8'
    if (type.type !== 'id') return type.type
    const alias = this.modules.get(type.module)?.document.typedef.find(({ name }) => name === type.id)
    return alias === undefined ? type.id : this.typeOf(alias)
  }
}
