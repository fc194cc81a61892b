package main

// welcome is printed when everything answers: the portal's address, the
// simulator's twice, the password.
const welcome = `
Guichet is ready:   http://%s
The supplier:       http://%s   (simulator: its ledger, clock and faults)
Mails:              http://%s/mails   (nothing leaves this machine)

Sign in with the password %s as
  agent@demo.test     sells for the first agency
  manager@demo.test   manages it
  agent@other.test    sells for another agency
  desk@demo.test      customer service
  admin@demo.test     administrator

Look: about 300 bookings of the last 90 days. As agent@demo.test, some wait for
their payment right now, and some nobody knows the outcome of; as desk@demo.test
you find any booking and settle those; as admin@demo.test you see the figures.
Three states last only while the supplier is being called (being reserved, paid,
cancelled): set the fault "latency" on the simulator's page, and they last as
long as you like.

Try: quote CDG from +7 06:05 to +8 22:40, book, pay. Then let the simulator drop
the connection of the next pay, and sell again: it becomes unknown, not failed.

Ctrl-C stops everything. What was sold is kept in .data; FRESH=1 make run starts
anew.
`
