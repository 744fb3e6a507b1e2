import { badPeers } from '../suites/bad-peers.js'

badPeers('ws')
