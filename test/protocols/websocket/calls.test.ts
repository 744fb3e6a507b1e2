import { calls } from '../suites/calls.js'

calls('ws')
