package mutants

// clocks: nothing depends on a node's.
var clocks = []Mutant{
	test("leases end without the queue", "internal/jobs", "ClockIsWrong|ManyExpire|EveryJob", "internal/jobs/jobs.go",
		`{"leases", sweepEvery, jobLimit, swept(bookings.EndLeases)},`, ""),
	test("holds expire without the queue", "internal/jobs", "ClockIsWrong", "internal/jobs/jobs.go",
		`{"expiry", sweepEvery, jobLimit, swept(bookings.Expire)},`, ""),
}
