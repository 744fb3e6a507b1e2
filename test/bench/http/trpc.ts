import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createTRPCClient, httpBatchLink, httpLink } from '@trpc/client'
import { initTRPC } from '@trpc/server'
import { createHTTPServer } from '@trpc/server/adapters/standalone'
import { checkUser, user } from './user.js'

const { router, procedure } = initTRPC.create()
const echoRouter = router({ echo: procedure.input(checkUser).mutation(({ input }) => input) })

export async function listen(): Promise<string> {
  const server = createHTTPServer({ router: echoRouter })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** @param variant `batch`: calls of one tick go out in one request; else each goes alone */
export async function connect(url: string, variant: string): Promise<() => Promise<unknown>> {
  const link = variant === 'batch' ? httpBatchLink({ url }) : httpLink({ url })
  const client = createTRPCClient<typeof echoRouter>({ links: [link] })
  return () => client.echo.mutate(user)
}
