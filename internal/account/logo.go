package account

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // what may be uploaded
	"image/png"

	"guichet/internal/bound"
	"guichet/internal/invalid"
)

// SetLogo stores an agency's logo, or none. The picture is drawn anew: nothing
// that was hidden in the file stays. Errors: ErrForbidden, ErrNotFound,
// *invalid.Error.
func (s *Service) SetLogo(ctx context.Context, a Actor, code string, file []byte) error {
	agency, _, err := s.Agency(ctx, a, code)
	if err != nil {
		return err
	}
	var logo []byte
	if len(file) > 0 {
		if logo = redrawn(file); logo == nil {
			return invalid.Field("logo", "agency.logo.bad")
		}
	}
	e := a.AuditEntry(DidChangeLogo)
	e.AgencyID, e.After = agency.ID, agency.Code
	err = s.store.InTx(ctx, func(tx Tx) error {
		if err := tx.SetLogo(ctx, agency.ID, logo); err != nil {
			return err
		}
		return tx.Audit(ctx, e)
	})
	if err != nil {
		return fmt.Errorf("store a logo: %w", err)
	}
	return nil
}

// Logo returns an agency's logo as PNG; nil without one.
func (s *Service) Logo(ctx context.Context, agencyID int64) ([]byte, error) {
	logo, err := s.store.Logo(ctx, agencyID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("load a logo: %w", err)
	}
	return logo, nil
}

// startOfScan is what a scan of a JPEG begins with. Among the data of a scan it does
// not occur, since each 0xFF is followed by 0 there.
const startOfScan = "\xff\xda"

// redrawn returns the picture as PNG; nil when it is none, or too large. Its
// size is looked at before its pixels are, and so is how often they are drawn.
func redrawn(file []byte) []byte {
	if bytes.HasPrefix(file, []byte("\xff\xd8")) && bytes.Count(file, []byte(startOfScan)) > bound.PictureScans {
		return nil
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil || size.Width < 1 || size.Height < 1 || size.Width > bound.PictureWidth || size.Height > bound.PictureHeight {
		return nil
	}
	picture, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil || out.Len() > bound.PictureStored {
		return nil
	}
	return out.Bytes()
}
