// A page with a live stream, and its server: npm run sample:web
import { serve } from 'polywire'
import { servePage } from './page-server.js'
import { BoardService } from './service.js'

const page = await servePage(Number(process.env.PAGE_PORT ?? 5173))
const server = await serve([BoardService], {
  port: Number(process.env.PORT ?? 8080),
  cors: { origins: [page.origin] },
  shutdownOn: ['SIGINT', 'SIGTERM'],
})
page.connectTo(`http://127.0.0.1:${server.port}`)
process.once('SIGINT', () => page.close())
process.once('SIGTERM', () => page.close())

console.log(`Open ${page.origin} in two windows. The board is served on port ${server.port}.

Break the network and mend it: the notes of the meantime arrive, none twice. To post from a terminal:

  curl -H 'content-type: application/json' -d '{"author":"curl","text":"hello"}' http://127.0.0.1:${server.port}/board.Board/Post

Ctrl-C ends it.`)
