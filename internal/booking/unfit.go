package booking

import (
	"context"
	"slices"
)

// CaseAnswerUnfit is why a case was opened: the supplier answered a create with an
// id and with something else than was ordered.
const CaseAnswerUnfit = "answer_unfit"

// misfit reports that an answer says that there is a booking, and not the one that
// was ordered. Nobody knows what it is, so it is neither tried again nor ended by
// the clock: a person finds out what stands there.
func (r *recording) misfit() bool { return r.a.Operation == OpCreate && len(r.ans.Unfit) > 0 }

// takeUnfit keeps what the supplier said, as far as it could be read, so that it
// can be asked about. An id that another booking carries stays there.
func (r *recording) takeUnfit(duplicate bool) {
	c, b := r.ans.Created, r.b
	b.Unfit = slices.Clone(r.ans.Unfit)
	if !duplicate {
		b.SupplierID = c.ID
	}
	b.SupplierRef, b.Booked, b.BookedWith = c.Reference, c.Total, b.Services
	if c.Services != nil {
		b.BookedWith = c.Services
	}
	b.Insured = slices.Contains(b.BookedWith, CancellationInsurance)
}

// openUnfit asks a person to find out.
func (r *recording) openUnfit(ctx context.Context, duplicate bool) error {
	if duplicate {
		if err := r.tx.OpenCase(ctx, r.b.ID, CaseDuplicateID, r.f.Now); err != nil {
			return err
		}
	}
	return r.tx.OpenCase(ctx, r.b.ID, CaseAnswerUnfit, r.f.Now)
}

// lateUnfit records a late answer to a create that does not fit. A booking that is
// still unknown becomes an unfit one; for any other it is a late answer that its
// state contradicts.
func (r *recording) lateUnfit(ctx context.Context) error {
	if r.f.Unfit {
		return nil
	}
	if err := r.keepApart(ctx); err != nil {
		return err
	}
	if r.b.State != CreateUnknown {
		if err := r.noteLate(ctx); err != nil {
			return err
		}
		return r.tx.OpenCase(ctx, r.b.ID, CaseLateAnswer, r.f.Now)
	}
	duplicate, err := r.clearID(ctx)
	if err != nil {
		return err
	}
	r.takeUnfit(duplicate)
	r.shorten()
	if err := r.noteLate(ctx); err != nil {
		return err
	}
	return r.openUnfit(ctx, duplicate)
}

// keepApart keeps the answer for whoever asks the supplier about it: its call is
// unknown and stays so, and what stands with a call is never written again.
func (r *recording) keepApart(ctx context.Context) error {
	return r.tx.KeepAnswer(ctx, Unrecorded{
		Environment: r.b.Environment, Correlation: r.a.Correlation, BookingID: r.b.ID, Ref: r.b.Ref, SupplierID: r.ans.Created.ID,
		Operation: r.a.Operation, ActorID: r.a.ActorID, Answer: r.ans,
	})
}

// answerUnfit keeps what was found out about an unfit booking. What could not be
// read of the answer is as it was ordered; what differs has yet to be accepted.
func answerUnfit(b *Booking, s settlement) {
	switch s.event {
	case UnfitVoid:
		b.UnfitFound = s.found.Finding
	case UnfitHeld, UnfitPaid:
		b.UnfitFound = s.found.Finding
		if b.Booked.Currency == "" {
			b.Booked = b.Total
		}
		b.Differs = differs(*b)
	default:
	}
}
