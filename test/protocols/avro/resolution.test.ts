import test from 'ava'
import {
  Arg,
  bool,
  Code,
  connect,
  disconnect,
  double,
  enumOf,
  Field,
  int32,
  int64,
  Message,
  Method,
  RpcError,
  Service,
  string,
  Throws,
  unimplemented,
} from '../../../src/index.js'
import { serveAvro } from './fixture.js'

enum NewLevel {
  unknown = 0,
  high = 1,
  extreme = 2,
}
enum OldLevel {
  unknown = 0,
  high = 1,
}

@Message('crm.Person')
class OldPerson {
  @Field(string) name = ''
  @Field(int32) age = 0
  @Field(string) nickname = ''
  @Field(enumOf(OldLevel, 'crm.Level')) level = OldLevel.unknown
}

/** Since `OldPerson`: nickname removed, email and active added, age widened, name renamed, a level added. */
@Message('crm.Person')
class NewPerson {
  @Field(string) email = 'none'
  @Field(string, { aliases: ['name'] }) fullName = ''
  @Field(int64) age = 0n
  @Field(bool) active = true
  @Field(enumOf(NewLevel, 'crm.Level')) level = NewLevel.unknown
}

@Message('crm.TooYoung')
class OldTooYoung extends RpcError {
  @Field(int32) limit = 0
}
@Message('crm.TooYoung')
class NewTooYoung extends RpcError {
  @Field(int64) limit = 0n
  @Field(string) why = 'because'
}

@Service('crm.People')
class OldPeople {
  @Method({ accepts: OldPerson, returns: OldPerson }) @Throws(OldTooYoung) async save(
    _: OldPerson,
  ): Promise<OldPerson> {
    return unimplemented()
  }
  @Method(double) async weigh(@Arg(1, 'kilos', int32) _kilos: number): Promise<number> {
    return unimplemented()
  }
  @Method(string) async gone(): Promise<string> {
    return unimplemented()
  }
}

@Service('crm.People')
class NewPeople {
  @Method({ accepts: NewPerson, returns: NewPerson }) @Throws(NewTooYoung) async save(
    _: NewPerson,
  ): Promise<NewPerson> {
    return unimplemented()
  }
  @Method(int32) async weigh(
    @Arg(1, 'kilos', double) _kilos: number,
    @Arg(2, 'times', int32) _times: number,
  ): Promise<number> {
    return unimplemented()
  }
  @Method(string) async added(): Promise<string> {
    return unimplemented()
  }
}

@Service()
class NewPeopleService extends NewPeople {
  seen: unknown[] = []
  override async save(person: NewPerson): Promise<NewPerson> {
    this.seen.push(person)
    if (person.age < 18n) throw Object.assign(new NewTooYoung('too young'), { limit: 18n })
    return Object.assign(new NewPerson(), person, { email: 'new@x', level: NewLevel.extreme })
  }
  override async weigh(kilos: number, times: number): Promise<number> {
    this.seen.push([kilos, times])
    return Math.round(kilos)
  }
  override async added(): Promise<string> {
    return 'here'
  }
}

@Service()
class OldPeopleService extends OldPeople {
  seen: unknown[] = []
  override async save(person: OldPerson): Promise<OldPerson> {
    this.seen.push(person)
    return Object.assign(new OldPerson(), person, { nickname: 'nick' })
  }
  override async weigh(kilos: number): Promise<number> {
    return kilos + 0.5
  }
}

test('an older client talks to a newer server, and each sees its own shape', async t => {
  const service = new NewPeopleService()
  const { server, target } = await serveAvro([service])
  const people = connect(OldPeople, target)
  const saved = await people.save({ name: 'Ann', age: 40, nickname: 'A', level: OldLevel.high })
  t.deepEqual(
    service.seen[0],
    Object.assign(new NewPerson(), { email: 'none', fullName: 'Ann', age: 40n, active: true, level: NewLevel.high }),
  )
  // The reply's fullName has no name that the old class knows; its level is one that the old enum lacks.
  t.deepEqual(saved, Object.assign(new OldPerson(), { name: '', age: 40, nickname: '', level: OldLevel.unknown }))
  t.is(await people.weigh(70), 70)
  t.deepEqual(service.seen[1], [70, 0])
  const error = await t.throwsAsync(people.save({ name: 'Kid', age: 7, nickname: '', level: 0 }), {
    instanceOf: OldTooYoung,
  })
  t.is(error?.limit, 18)
  t.is(error?.message, 'too young')
  await disconnect(people)
  await server.close()
})

test('a newer client talks to an older server, and each sees its own shape', async t => {
  const service = new OldPeopleService()
  const { server, target } = await serveAvro([service])
  const people = connect(NewPeople, target)
  const saved = await people.save(Object.assign(new NewPerson(), { fullName: 'Ann', age: 40n }))
  t.deepEqual(service.seen[0], Object.assign(new OldPerson(), { name: '', age: 40 }))
  t.deepEqual(saved, Object.assign(new NewPerson(), { email: 'none', fullName: '', age: 40n }))
  const error = (await t.throwsAsync(people.weigh(1, 1))) as RpcError
  t.is(error.code, Code.invalid_argument)
  t.regex(error.message, /kilos: expected int32, but the peer's schema has double/)
  await disconnect(people)
  await server.close()
})

test('an alias finds what an older peer wrote under the old name', async t => {
  const service = new OldPeopleService()
  const { server, target } = await serveAvro([service])
  const people = connect(NewPeople, target)
  @Service()
  class Naming extends OldPeople {
    override async save(): Promise<OldPerson> {
      return Object.assign(new OldPerson(), { name: 'Ann' })
    }
  }
  const naming = await serveAvro([Naming])
  const named = connect(NewPeople, naming.target)
  t.is((await named.save(new NewPerson())).fullName, 'Ann')
  await Promise.all([disconnect(people), disconnect(named)])
  await Promise.all([server.close(), naming.server.close()])
})

test('a message that the server does not have is unimplemented, and never leaves the client', async t => {
  const { server, target } = await serveAvro([NewPeopleService])
  const people = connect(OldPeople, target)
  const error = (await t.throwsAsync(people.gone())) as RpcError
  t.is(error.code, Code.unimplemented)
  t.is(error.reason, 'unknown_method')
  t.regex(error.message, /^\/crm\.People\/Gone: the server has no such method$/)
  await disconnect(people)
  await server.close()
})

test('what a reply cannot become is an error of the call alone', async t => {
  @Service('crm.People')
  class Odd {
    @Method(string) async weigh(@Arg(1, 'kilos', int32) _kilos: number): Promise<string> {
      return unimplemented()
    }
    @Method(string) async added(): Promise<string> {
      return unimplemented()
    }
  }
  const { server, target } = await serveAvro([NewPeopleService])
  const people = connect(Odd, target)
  const error = (await t.throwsAsync(people.weigh(1))) as RpcError
  t.is(error.code, Code.internal)
  t.is(error.reason, 'malformed_reply')
  t.regex(error.message, /expected string, but the peer's schema has int/)
  t.is(await people.added(), 'here')
  await disconnect(people)
  await server.close()
})
