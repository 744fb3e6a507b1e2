import { Expose, Transform, Type } from 'class-transformer'
import { Field, Message } from '../../../src/decorators/message.js'
import { bool, double, int32, int64, listOf, string } from '../../../src/schema/algebra.js'

@Message('bench.Address')
export class Address {
  @Field(1, string) street = ''
  @Field(2, string) city = ''
  @Field(3, string) zip = ''
}

@Message('bench.User')
export class User {
  @Field(1, int64) id = 0n
  @Field(2, string) name = ''
  @Field(3, string) email = ''
  @Field(4, int32) age = 0
  @Field(5, bool) active = false
  @Field(6, double) score = 0
  @Field(7, listOf(string)) tags: string[] = []
  @Field(8, Address) address?: Address
  @Field(9, listOf(int32)) visits: number[] = []
}

@Message('bench.Users')
export class Users {
  @Field(1, listOf(User)) users: User[] = []
}

/** The same record with class-transformer's decorators on some of its fields. */
@Message('bench.User')
export class DecoratedUser {
  @Field(1, int64) id = 0n
  @Field(2, string) @Expose({ name: 'full_name' }) name = ''
  @Field(3, string) @Transform(({ value }) => (value as string).toLowerCase()) email = ''
  @Field(4, int32) age = 0
  @Field(5, bool) active = false
  @Field(6, double) score = 0
  @Field(7, listOf(string)) tags: string[] = []
  @Field(8, Address) @Type(() => Address) address?: Address
  @Field(9, listOf(int32)) visits: number[] = []
}

export const definition = `
  syntax = "proto3";
  package bench;
  message Address { string street = 1; string city = 2; string zip = 3; }
  message User {
    int64 id = 1; string name = 2; string email = 3; int32 age = 4; bool active = 5; double score = 6;
    repeated string tags = 7; Address address = 8; repeated int32 visits = 9;
  }
  message Users { repeated User users = 1; }`

const fields = () => ({
  id: 1_234_567_890_123n,
  name: 'Marie Sklodowska-Curie',
  email: 'marie.curie@example.org',
  age: 66,
  active: true,
  score: 98.6,
  tags: ['physics', 'chemistry', 'nobel'],
  address: Object.assign(new Address(), { street: '36 Quai de Bethune', city: 'Paris', zip: '75004' }),
  visits: [1, 15, 127, 300, 4096, 70_000],
})

/** 143 bytes in protobuf. */
export function user(): User {
  return Object.assign(new User(), fields())
}

export function decoratedUser(): DecoratedUser {
  return Object.assign(new DecoratedUser(), fields())
}

/** 100 kB in protobuf. */
export function users(): Users {
  return Object.assign(new Users(), { users: Array.from({ length: 700 }, user) })
}

/** As libraries take it that know no classes: a 64-bit integer as what the library has for it. */
export function plainUser<I>(id: (value: bigint) => I) {
  const { id: exact, ...others } = fields()
  return { ...others, id: id(exact), address: { ...others.address } }
}

export function plainUsers<I>(id: (value: bigint) => I) {
  return { users: Array.from({ length: 700 }, () => plainUser(id)) }
}
