/** What the compiler accepts and refuses of `polywire/tanstack`. Nothing here runs; see fields.ts. */
import { type MutationObserverOptions, QueryClient, QueryObserver } from '@tanstack/query-core'
import { Method, RpcError, Service, streamOf, string } from '../../src/index.js'
import { mutationOptions, queryOptions, streamOptions } from '../../src/tanstack/index.js'
import { Point } from './fields.js'

@Service('types.Queried')
class Queried {
  @Method({ accepts: Point, returns: string }) async one(_point: Point): Promise<string> {
    return ''
  }
  @Method({ args: { a: string, b: string }, returns: Point }) async two(_a: string, _b: string): Promise<Point> {
    return new Point()
  }
  @Method({ accepts: Point, returns: streamOf(string) }) async *many(_point: Point): AsyncIterable<string> {}
}

export async function fits(client: QueryClient, { one, two, many }: Queried): Promise<void> {
  const text: string = await client.fetchQuery(queryOptions(one, new Point()))
  const texts: string[] = await client.fetchQuery(streamOptions(many, new Point()))
  const held: Point | undefined = client.getQueryData(queryOptions(two, text, texts[0] ?? '').queryKey)
  const { error }: { error: RpcError | null } = new QueryObserver(
    client,
    queryOptions(one, held ?? new Point()),
  ).getCurrentResult()
  const mutation: MutationObserverOptions<string, RpcError, Point> = mutationOptions(one)
  await Promise.all([error, mutation])
}

export function misfits({ one, two, many }: Queried): void {
  // @ts-expect-error the request has another type
  queryOptions(one, 'point')
  // @ts-expect-error an argument is missing
  queryOptions(two, 'a')
  // @ts-expect-error a stream has streamOptions
  queryOptions(many, new Point())
  // @ts-expect-error a unary method has queryOptions
  streamOptions(one, new Point())
  // @ts-expect-error a mutation has one argument
  mutationOptions(two)
}
