import { Arg, Method, Service, string } from '../../src/index.js'

/** What every protocol can carry. */
@Service('greeter.Greeter')
export class Greeter {
  @Method(string) async greet(@Arg(1, 'name', string) name: string): Promise<string> {
    return `Hello, ${name}!`
  }
}
