import { indented } from '../lines.js'
import type {
  Documented,
  FieldModel,
  InitialModel,
  MethodModel,
  RouteModel,
  ServiceModel,
  TypeModel,
} from '../model.js'
import { camelCase, isEmpty, upperFirst } from './names.js'
import type { Scope } from './scope.js'
import { docLines, jsonText, keyText, objectText, propertyText, quoted } from './text.js'
import type { TypeText } from './type-text.js'

const widest = 140

export function serviceLines(model: ServiceModel, scope: Scope, types: TypeText): string[] {
  const keys = scope.world.methodKeys(model.name)
  const methods = model.methods.map(method =>
    methodLines(method, { scope, types, key: keys.get(method.name) as string }),
  )
  const base = model.base === undefined ? '' : ` extends ${scope.serviceName(model.base)}`
  const head = `export class ${scope.serviceName(model.name)}${base}`
  const body = methods.flatMap((lines, at) => (at === 0 ? indented(lines) : ['', ...indented(lines)]))
  return [
    ...docLines(model),
    `@${scope.use('Service')}(${[quoted(model.name), optionsText(model)].filter(part => part !== undefined).join(', ')})`,
    ...(body.length === 0 ? [`${head} {}`] : [`${head} {`, ...body, '}']),
  ]
}

function optionsText({ deprecated, properties }: Documented): string | undefined {
  return objectText({ deprecated: deprecated ? 'true' : undefined, properties: properties && jsonText(properties) })
}

interface Context {
  readonly scope: Scope
  readonly types: TypeText
  readonly key: string
}

function methodLines(method: MethodModel, context: Context): string[] {
  const { scope, key } = context
  const { idempotency } = method
  const thrown = throwsText(method, scope)
  const decorators = [
    `@${scope.use('Method')}(${shapeText(method, context)})`,
    ...(idempotency === 'unknown' ? [] : [`@${scope.use(upperFirst(idempotency))}()`]),
    ...(thrown === '' ? [] : [`@${scope.use('Throws')}(${thrown})`]),
  ]
  const routes = (method.routes ?? []).map(one => `@${scope.use('Http')}(${routeText(one)})`)
  const resumption = resumableLines(method, context)
  const parameters = parametersOf(method, context)
  const returns = `: ${replyType(method, context)} {`
  const body = `return ${scope.use('unimplemented')}()`
  const line = `${key}(${parameters.join(', ')})${returns} ${body} }`
  const signature =
    line.length < widest - 2
      ? [line]
      : parameters.join(', ').length < widest - 40
        ? [`${key}(${parameters.join(', ')})${returns}`, `  ${body}`, '}']
        : [`${key}(`, ...parameters.map(one => `  ${one},`), `)${returns}`, `  ${body}`, '}']
  return [
    ...docLines({ ...method, doc: docWithArguments(method) }),
    decorators.join(' '),
    ...routes,
    ...resumption,
    ...signature,
  ]
}

/** With a `@param` for each argument that has a description. */
function docWithArguments({ doc, input }: MethodModel): string | undefined {
  const args = 'args' in input ? input.args : []
  const names = parameterNames(args)
  const tags = args.flatMap((one, at) =>
    one.doc === undefined ? [] : [`@param ${names[at]} ${one.doc.replaceAll('\n', '\n  ')}`],
  )
  return tags.length === 0 ? doc : [...(doc === undefined ? [] : [doc, '']), ...tags].join('\n')
}

/** The parameters of a method that throws always, so that a linter takes them for unused on purpose. */
function parameterNames(args: readonly FieldModel[]): string[] {
  const names = new Set(args.map(argument => argument.name))
  const taken = new Set<string>()
  return args.map(argument => {
    let name = `_${camelCase(argument.name)}`
    // With the name of another argument it would seem to be in the place of that one.
    while (taken.has(name) || (name !== argument.name && names.has(name))) name += '_'
    taken.add(name)
    return name
  })
}

/** Only classes know the key of a reply. Without it a comment says what is missing. */
function resumableLines({ resumable, resumeKey: key, output }: MethodModel, { scope, types }: Context): string[] {
  if (!resumable || output === undefined) return []
  const reply = `(reply: ${types.typescript(output)})`
  if (key === undefined) return [`// @Resumable({ key: ${reply} => ... }): fill in what tells a reply from all others`]
  return [`@${scope.use('Resumable')}({ key: ${reply} => reply${propertyAccess(key)} })`]
}

function propertyAccess(key: string): string {
  const text = propertyText(key)
  return text === key ? `.${key}` : `[${text}]`
}

/** What `@Http` is given. */
function routeText({ route, status, ...texts }: RouteModel): string {
  const quotedTexts = Object.entries(texts).map(([name, text]) => [name, text && quoted(text)])
  const options = objectText({ ...Object.fromEntries(quotedTexts), status: status && String(status) })
  return [quoted(route), options].filter(text => text !== undefined).join(', ')
}

/** `NotFound, Closed`, or `{ 2: NotFound, '-1': Closed }` with ids that are not 1, 2, 3 ... */
function throwsText({ throws, throwIds }: MethodModel, scope: Scope): string {
  const names = throws.map(name => scope.className(name))
  if (throwIds === undefined) return names.join(', ')
  const entries = throwIds.map((id, at) => [id < 0 ? quoted(String(id)) : String(id), names[at]])
  return objectText(Object.fromEntries(entries)) ?? ''
}

/** What `@Method` is given: a type alone, where that says all. */
function shapeText(method: MethodModel, { scope, types, key }: Context): string {
  const { input, output, outputStreams, oneway, name } = method
  const reply =
    output === undefined
      ? scope.use('nothing')
      : isEmpty(output) && !outputStreams
        ? scope.use('empty')
        : types.wire(output)
  const returns = outputStreams
    ? `${scope.use('streamOf')}(${reply})`
    : method.outputIsOptional
      ? types.optional(reply, { nullAt: method.outputNullAt })
      : reply
  const request = 'message' in input ? scope.className(input.message) : undefined
  const accepts =
    request === undefined
      ? undefined
      : 'streams' in input && input.streams
        ? `${scope.use('streamOf')}(${request})`
        : request
  const args = 'args' in input && input.args.length > 0 ? argumentsText(input.args, types, scope) : undefined
  const others = {
    name: upperFirst(key) === name ? undefined : quoted(name),
    oneway: oneway ? 'true' : undefined,
    deprecated: method.deprecated ? 'true' : undefined,
    properties: method.properties && jsonText(method.properties),
  }
  const options = { accepts, args, returns, ...others }
  const isAlone = Object.values(options).filter(value => value !== undefined).length === 1
  return isAlone ? returns : (objectText(options) ?? '')
}

/** `{ id: int64, sku: string }`, with a number where it is not the argument's position. */
function argumentsText(args: readonly FieldModel[], types: TypeText, scope: Scope): string | undefined {
  const entries = args.map((argument, at): [string, string] => {
    const { name, number, type, presence, initial, aliases = [], isOptional, properties } = argument
    const plain = isOptional ? types.optional(types.wire(type), argument) : types.wire(type)
    const wire =
      initial !== undefined
        ? `${scope.use('defaulted')}(${plain}, ${defaultText(initial, type, types)})`
        : presence === 'optional'
          ? types.optional(plain, argument)
          : plain
    const options = objectText({
      aliases: aliases.length === 0 ? undefined : `[${aliases.map(quoted).join(', ')}]`,
      properties: properties && jsonText(properties),
    })
    const parts = [String(number), wire, ...(options === undefined ? [] : [options])]
    return [keyText(name), number === at + 1 && options === undefined ? wire : `[${parts.join(', ')}]`]
  })
  return objectText(Object.fromEntries(entries))
}

/** What is an object is made for each call. */
function defaultText(initial: InitialModel, type: TypeModel, types: TypeText): string {
  const text = types.initial(initial, type)
  return typeof initial === 'object' ? `() => ${text}` : text
}

function parametersOf({ input }: MethodModel, { scope, types }: Context): string[] {
  if ('message' in input) {
    const type = scope.className(input.message)
    return [input.streams ? `_requests: AsyncIterable<${type}>` : `_request: ${type}`]
  }
  const names = parameterNames(input.args)
  const mayBeAbsent = ({ presence, initial }: FieldModel) => presence === 'optional' || initial !== undefined
  // A parameter with a ? is behind all others.
  const firstOptional = input.args.findLastIndex(one => one.initial === undefined) + 1
  return input.args.map((argument, at) => {
    const name = names[at]
    const type = types.typescript(argument.type)
    if (at >= firstOptional) return `${name}?: ${type}`
    return `${name}: ${type}${mayBeAbsent(argument) ? ' | undefined' : ''}`
  })
}

function replyType({ output, outputStreams, outputIsOptional }: MethodModel, { types }: Context): string {
  const type = output === undefined || (isEmpty(output) && !outputStreams) ? 'void' : types.typescript(output)
  if (outputStreams) return `AsyncIterable<${type}>`
  return `Promise<${type}${outputIsOptional ? ' | undefined' : ''}>`
}
