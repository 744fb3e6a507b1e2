import { declareDoc } from './declarations.js'
import type { DocDecorator } from './fitting.js'

/**
 * Describes a service, a method, a message or a field to those who read its interface: exported IDLs, gRPC reflection, `/openapi.json`,
 * `polywire describe` and the console.
 *
 * A subclass inherits the descriptions of members, and that of a service. `polywire export` also finds TSDoc comments in TypeScript;
 * `@Doc` replaces them.
 *
 * @param text one line, or several. The indentation that all lines but the first share is left out
 *
 * @example
 * @Doc('Greets people.')
 * @Service('hello.Hello')
 * class Hello {
 *   @Doc('Greets by name.')
 *   @Method({ accepts: HelloRequest, returns: HelloReply })
 *   async sayHello(request: HelloRequest): Promise<HelloReply> { return { message: `Hello, ${request.name}!` } }
 * }
 *
 * @see docs/guide/contracts.md#descriptions
 */
export function Doc(text: string): DocDecorator {
  const doc = unindented(text)
  return (...args: unknown[]) => declareDoc(args, doc)
}

/** A text in a template literal is indented like the code around it. */
function unindented(text: string): string {
  const [first = '', ...rest] = text.replaceAll('\r\n', '\n').split('\n')
  const filled = rest.filter(line => line.trim() !== '')
  const indentation = Math.min(...filled.map(line => line.search(/\S/)))
  return [first, ...rest.map(line => line.slice(indentation))]
    .map(line => line.trimEnd())
    .join('\n')
    .trim()
}
