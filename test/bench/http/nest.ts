import { Controller, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ClientProxyFactory, MessagePattern, type MicroserviceOptions, Transport } from '@nestjs/microservices'
import { firstValueFrom } from 'rxjs'
import { freePort } from '../../support/free-port.js'
import { checkUser, type User, user } from './user.js'

@Controller()
class EchoController {
  @MessagePattern('echo')
  async echo(request: unknown): Promise<User> {
    return checkUser(request)
  }
}

@Module({ controllers: [EchoController] })
class EchoModule {}

export async function listen(): Promise<string> {
  const port = await freePort()
  const server = await NestFactory.createMicroservice<MicroserviceOptions>(EchoModule, {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
    logger: ['error', 'fatal'],
  })
  await server.listen()
  return String(port)
}

export async function connect(port: string): Promise<() => Promise<unknown>> {
  const client = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: Number(port) },
  })
  await client.connect()
  return () => firstValueFrom(client.send('echo', user))
}
