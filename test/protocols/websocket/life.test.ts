import { life } from '../suites/life.js'

life('ws')
