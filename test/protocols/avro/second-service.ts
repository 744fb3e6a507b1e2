import { Arg, Method, Service, string } from '../../../src/index.js'

/** A second service on the port, with a message that the first one has too. */
@Service('shop.Second')
export class Second {
  @Method(string) async sayHello(@Arg(1, 'name', string) name: string): Promise<string> {
    return `Second hello, ${name}!`
  }

  @Method(string) async only(): Promise<string> {
    return 'second'
  }
}
