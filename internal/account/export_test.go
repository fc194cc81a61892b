package account

// SignInsPerAddress lets a test use up the limit without hashing sixty times.
var SignInsPerAddress = signInsPerAddress
