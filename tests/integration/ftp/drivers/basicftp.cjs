// Transfers files with basic-ftp, as README.md says: reads transfers, writes what came of each.
"use strict"
const fs = require("fs")
const readline = require("readline")
const { Client } = require("basic-ftp")

const LIMIT = 20000
const ca = fs.readFileSync(process.argv[2])
let client = null
let place = ""

async function connect(wanted) {
    if (client !== null && !client.closed && wanted.join() === place) return
    leave()
    place = wanted.join()
    client = new Client(LIMIT)
    const [, host, port, user, password] = wanted
    await client.access({ host, port: Number(port), user, password, secure: true, secureOptions: { ca, host } })
}

function leave() {
    if (client !== null) client.close()
    client = null
}

async function main() {
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const [number, ...rest] = line.split("\t")
        const [direction, remote, local] = rest.slice(5)
        let told = "ok\t"
        try {
            await connect(rest.slice(0, 5))
            if (direction === "up") await client.uploadFrom(local, remote)
            else await client.downloadTo(local, remote)
        } catch (error) {
            told = "failed\t" + String(error.message).replace(/\s+/g, " ")
            leave()
        }
        console.log(`${number}\t${told}`)
    }
    leave()
}

main()
